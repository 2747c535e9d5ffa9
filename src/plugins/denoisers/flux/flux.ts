import * as tf from '@tensorflow/tfjs';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { optional } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import type { ConditionSpec } from '../../../core/contracts/conditioning.js';
import type { Denoiser, ParameterSet } from '../../../core/contracts/denoiser.js';
import { parameterBytes } from '../../../core/networks/parameter-specs.js';
import { SKIP_LAYER } from '../../../core/networks/unet/perturbations.js';
import { newNetwork, type DiffusersNetwork } from '../diffusers-network.js';
import { timeTextConditions } from '../time-text-embedding.js';
import { activationsOf, USUAL_TEXT } from '../transformer-info.js';
import { fluxConfig, type FluxConfig } from './config.js';
import { fluxOutput } from './network.js';
import { fluxSpecs, jointBlocks, sampleChannels, singleBlocks, timeTextOf, widthOf } from './plan.js';

/** diffusers' FluxTransformer2DModel. */
export const fluxNetwork: DiffusersNetwork<FluxConfig> = {
  plugin: 'flux',
  classes: ['FluxTransformer2DModel'],
  config: fluxConfig,
  specs: fluxSpecs,
  of: fluxOf,
};

/**
 * diffusers' FluxTransformer2DModel, built from its `config.json` with its tensor names: joint blocks over a text and the
 * packed patches of an image, then single blocks over both, with rotary positions (Black Forest Labs 2024). A sample is a
 * grid of patches, two by two pixels of a latent each, `[height, width, in_channels]`. When: the weights are those of a
 * Flux of diffusers.
 */
export const flux = definePlugin({
  role: Roles.denoiser,
  name: 'flux',
  summary:
    "diffusers' FluxTransformer2DModel: joint, then single blocks over a text and packed patches, rotary positions.",
  reference: 'Black Forest Labs 2024; Esser et al. 2024, figure 2; Su et al. 2021, section 3.2.2',
  tags: { data: 'images', perturbations: 'skip-layer', when: 'the weights are those of a Flux of diffusers' },
  config: fluxConfig,
  inject: { noise: Roles.noise, engine: optional(Roles.engine) },
  memory: (config) => parameterBytes(fluxSpecs(config)),
  create: (parts): Promise<Denoiser> => newNetwork(fluxNetwork, parts),
});

function fluxOf(config: FluxConfig, parameters: ParameterSet): Denoiser {
  const specs = fluxSpecs(config);
  const { sample_size: size, num_attention_heads: heads } = config;
  const [height, width] = typeof size === 'number' ? [size, size] : size;
  const blocks = [...jointBlocks(config), ...singleBlocks(config)];
  return {
    info: {
      sampleShape: [height, width, sampleChannels(config)],
      sizes: { multipleOf: 1 },
      activations: activationsOf(height * width + USUAL_TEXT, { heads, width: widthOf(config) }),
      takes: conditionsOf(config),
      ...(blocks.length > 0 ? { perturbations: { [SKIP_LAYER]: blocks.map(({ prefix }) => prefix) } } : {}),
    },
    parameters,
    layout: (name) => specs[name]?.layout ?? 'same',
    predict: (weights, x, time, conditioning, perturbation) =>
      fluxOutput(weights, config, { x, time, conditioning, perturbation }),
    dispose: () => tf.dispose(parameters),
  };
}

/** Text, places and, where the network reads them, guidance scale and further channels. */
function conditionsOf(config: FluxConfig): ConditionSpec {
  const added = config.in_channels - sampleChannels(config);
  return {
    encoder_hidden_states: { dtype: 'float32', shape: ['tokens', config.joint_attention_dim] },
    ...timeTextConditions(timeTextOf(config)),
    txt_ids: { dtype: 'float32', shape: ['tokens', 3], isOptional: true },
    img_ids: { dtype: 'float32', shape: ['patches', 3], isOptional: true },
    ...(added > 0 ? { added_channels: { dtype: 'float32', shape: ['height', 'width', added] } as const } : {}),
  };
}
