import * as tf from '@tensorflow/tfjs';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { optional } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import type { Denoiser, ParameterSet } from '../../../core/contracts/denoiser.js';
import { parameterBytes } from '../../../core/networks/parameter-specs.js';
import { newNetwork, type DiffusersNetwork } from '../diffusers-network.js';
import { timeTextConditions } from '../time-text-embedding.js';
import { imageTransformerInfo, USUAL_TEXT } from '../transformer-info.js';
import { SKIP_LAYER } from '../../../core/networks/unet/perturbations.js';
import { sd3Config, type Sd3Config } from './config.js';
import { sd3Output } from './network.js';
import { outputOf, sd3Blocks, sd3Specs, timeTextOf, widthOf } from './plan.js';

/** diffusers' SD3Transformer2DModel. */
export const sd3Network: DiffusersNetwork<Sd3Config> = {
  plugin: 'sd3',
  classes: ['SD3Transformer2DModel'],
  config: sd3Config,
  specs: sd3Specs,
  of: sd3Of,
};

/**
 * diffusers' SD3Transformer2DModel, built from its `config.json` with its tensor names: a transformer over the patches of
 * an image and the tokens of a text, which attend to each other (MMDiT, Esser et al. 2024). When: the weights are those of
 * Stable Diffusion 3 or 3.5, or images are to follow texts closely.
 */
export const sd3 = definePlugin({
  role: Roles.denoiser,
  name: 'sd3',
  summary: "diffusers' SD3Transformer2DModel: patches of an image and tokens of a text attend to each other (MMDiT).",
  reference: 'Esser et al. 2024, figure 2',
  tags: {
    data: 'images',
    perturbations: 'skip-layer',
    when: 'the weights are those of Stable Diffusion 3 or 3.5, or images are to follow texts closely',
  },
  config: sd3Config,
  inject: { noise: Roles.noise, engine: optional(Roles.engine) },
  memory: (config) => parameterBytes(sd3Specs(config)),
  create: (parts): Promise<Denoiser> => newNetwork(sd3Network, parts),
});

function sd3Of(config: Sd3Config, parameters: ParameterSet): Denoiser {
  const specs = sd3Specs(config);
  const { patch_size, pos_embed_max_size, joint_attention_dim } = config;
  return {
    info: {
      ...imageTransformerInfo({ ...config, width: widthOf(config), outputs: outputOf(config) }, USUAL_TEXT),
      sizes: { multipleOf: patch_size, most: pos_embed_max_size * patch_size },
      takes: {
        encoder_hidden_states: { dtype: 'float32', shape: ['tokens', joint_attention_dim] },
        ...timeTextConditions(timeTextOf(config)),
      },
      perturbations: { [SKIP_LAYER]: sd3Blocks(config).map(({ prefix }) => prefix) },
    },
    parameters,
    layout: (name) => specs[name]?.layout ?? 'same',
    predict: (weights, x, time, conditioning, perturbation) =>
      sd3Output(weights, config, { x: x as tf.Tensor4D, time, conditioning, perturbation }),
    dispose: () => tf.dispose(parameters),
  };
}
