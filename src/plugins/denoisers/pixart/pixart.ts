import * as tf from '@tensorflow/tfjs';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { optional } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import type { ConditionSpec } from '../../../core/contracts/conditioning.js';
import type { Denoiser, ParameterSet } from '../../../core/contracts/denoiser.js';
import { parameterBytes } from '../../../core/networks/parameter-specs.js';
import { newNetwork, type DiffusersNetwork } from '../diffusers-network.js';
import { blockPerturbations, imageTransformerInfo } from '../transformer-info.js';
import { pixartConfig, readsSizes, type PixArtConfig } from './config.js';
import { PixArtCall } from './network.js';
import { outputOf, pixartBlocks, pixartSpecs, widthOf } from './plan.js';

/** diffusers' PixArtTransformer2DModel. */
export const pixartNetwork: DiffusersNetwork<PixArtConfig> = {
  plugin: 'pixart',
  classes: ['PixArtTransformer2DModel'],
  config: pixartConfig,
  specs: pixartSpecs,
  of: pixartOf,
};

/**
 * diffusers' PixArtTransformer2DModel, built from its `config.json` with its tensor names: a transformer over patches of an
 * image with cross-attention to a text, one embedding of time for all blocks (Chen et al. 2024). When: images are to follow
 * texts with few weights, or the weights are those of a PixArt of diffusers.
 */
export const pixart = definePlugin({
  role: Roles.denoiser,
  name: 'pixart',
  summary: "diffusers' PixArtTransformer2DModel: patches that attend to a text, one embedding of time for all blocks.",
  reference: 'Chen et al. 2024 (PixArt-alpha), section 2.3 and figure 4',
  tags: {
    data: 'images',
    perturbations: 'identity-attention, skip-layer',
    when: 'images are to follow texts with few weights, or the weights are those of a PixArt of diffusers',
  },
  config: pixartConfig,
  inject: { noise: Roles.noise, engine: optional(Roles.engine) },
  memory: (config) => parameterBytes(pixartSpecs(config)),
  create: (parts): Promise<Denoiser> => newNetwork(pixartNetwork, parts),
});

function pixartOf(config: PixArtConfig, parameters: ParameterSet): Denoiser {
  const specs = pixartSpecs(config);
  return {
    info: {
      ...imageTransformerInfo({ ...config, width: widthOf(config), outputs: outputOf(config) }),
      takes: conditionsOf(config),
      perturbations: blockPerturbations(pixartBlocks(config), config),
    },
    parameters,
    layout: (name) => specs[name]?.layout ?? 'same',
    predict: (weights, x, time, conditioning, perturbation) =>
      new PixArtCall(weights, config, perturbation).predict(x as tf.Tensor4D, time, conditioning),
    dispose: () => tf.dispose(parameters),
  };
}

/** The text, its mask (1 for tokens to be seen) and, where the network reads it, the picture's height and width. */
function conditionsOf(config: PixArtConfig): ConditionSpec {
  const width = config.caption_channels ?? config.cross_attention_dim;
  return {
    encoder_hidden_states: { dtype: 'float32', shape: ['tokens', width] },
    encoder_attention_mask: { dtype: 'float32', shape: ['tokens'], isOptional: true },
    ...(readsSizes(config)
      ? {
          resolution: { dtype: 'float32', shape: [2] } as const,
          aspect_ratio: { dtype: 'float32', shape: [1] } as const,
        }
      : {}),
  };
}
