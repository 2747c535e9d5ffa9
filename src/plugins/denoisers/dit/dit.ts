import * as tf from '@tensorflow/tfjs';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { optional } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import type { Denoiser, ParameterSet } from '../../../core/contracts/denoiser.js';
import { parameterBytes } from '../../../core/networks/parameter-specs.js';
import { classInfo } from '../class-embedding.js';
import { newNetwork, type DiffusersNetwork } from '../diffusers-network.js';
import { blockPerturbations, imageTransformerInfo } from '../transformer-info.js';
import { ditConfig, type DitConfig } from './config.js';
import { DitCall } from './network.js';
import { ditBlocks, ditSpecs, outputOf, widthOf } from './plan.js';

/** diffusers' DiTTransformer2DModel. */
export const ditNetwork: DiffusersNetwork<DitConfig> = {
  plugin: 'dit',
  classes: ['DiTTransformer2DModel'],
  config: ditConfig,
  specs: ditSpecs,
  of: ditOf,
};

/**
 * diffusers' DiTTransformer2DModel, built from its `config.json` with its tensor names: a transformer over patches of an
 * image, each block modulated by time and class (Peebles & Xie 2023). When: data are images or latents of one class each,
 * or the weights are those of a DiT of diffusers.
 */
export const dit = definePlugin({
  role: Roles.denoiser,
  name: 'dit',
  summary: "diffusers' DiTTransformer2DModel: a transformer over patches, each block modulated by time and class.",
  reference: 'Peebles & Xie 2023, figure 3',
  tags: {
    data: 'images',
    perturbations: 'identity-attention, skip-layer',
    when: 'data are images or latents with classes, or the weights are those of a DiT of diffusers',
  },
  config: ditConfig,
  inject: { noise: Roles.noise, engine: optional(Roles.engine) },
  memory: (config) => parameterBytes(ditSpecs(config)),
  create: (parts): Promise<Denoiser> => newNetwork(ditNetwork, parts),
});

function ditOf(config: DitConfig, parameters: ParameterSet): Denoiser {
  const specs = ditSpecs(config);
  return {
    info: {
      ...imageTransformerInfo({ ...config, width: widthOf(config), outputs: outputOf(config) }),
      ...classInfo(config.num_embeds_ada_norm + 1),
      perturbations: blockPerturbations(ditBlocks(config), config),
    },
    parameters,
    layout: (name) => specs[name]?.layout ?? 'same',
    predict: (weights, x, time, conditioning, perturbation) =>
      new DitCall(weights, config, perturbation).predict(x as tf.Tensor4D, time, conditioning),
    dispose: () => tf.dispose(parameters),
  };
}
