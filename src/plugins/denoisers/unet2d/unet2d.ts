import * as tf from '@tensorflow/tfjs';
import type { Denoiser, ParameterSet } from '../../../core/contracts/denoiser.js';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { optional } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import { newNetwork, type DiffusersNetwork } from '../diffusers-network.js';
import { parameterBytes } from '../../../core/networks/parameter-specs.js';
import { activationsOf } from '../../../core/networks/unet/activations.js';
import { embeddingConditions } from '../../../core/networks/unet/embedding.js';
import { sizeOf } from './check-config.js';
import { unet2dConfig } from './config.js';
import type { UNet2DConfig } from './config-fields.js';
import { unet2dOutput } from './network.js';
import { parameterShapes } from './parameter-shapes.js';
import { perturbationsOf } from '../../../core/networks/unet/perturbations.js';
import { planUNet2D } from './plan.js';

/** diffusers' UNet2DModel. */
export const unet2dNetwork: DiffusersNetwork<UNet2DConfig> = {
  plugin: 'unet2d',
  classes: ['UNet2DModel'],
  config: unet2dConfig,
  specs: (config) => parameterShapes(config),
  of: unet2dOf,
};

/**
 * diffusers' UNet2DModel, built from its `config.json` with its tensor names: residual convolution blocks on a
 * contracting and an expanding path with skips, self-attention at chosen levels, time and class joined in every block
 * (Ronneberger et al. 2015; Ho et al. 2020, appendix B; Dhariwal & Nichol 2021). Guidance may ask for it with identity
 * attention or without some blocks. When: data are images, or the weights are those of a UNet2DModel of diffusers.
 */
export const unet2d = definePlugin({
  role: Roles.denoiser,
  name: 'unet2d',
  summary:
    "diffusers' UNet2DModel: residual convolution blocks with skips and self-attention, time and class in every block.",
  reference: 'Ronneberger et al. 2015; Ho et al. 2020, appendix B; Dhariwal & Nichol 2021',
  tags: {
    data: 'images',
    perturbations: 'identity-attention, skip-layer',
    when: 'data are images, or the weights are those of a UNet2DModel of diffusers',
  },
  config: unet2dConfig,
  inject: { noise: Roles.noise, engine: optional(Roles.engine) },
  memory: (config) => parameterBytes(parameterShapes(config)),
  create: (parts): Promise<Denoiser> => newNetwork(unet2dNetwork, parts),
});

function unet2dOf(config: UNet2DConfig, parameters: ParameterSet): Denoiser {
  const plan = planUNet2D(config);
  const specs = parameterShapes(config, plan);
  const { classes } = plan.embedding;
  const [height, width] = sizeOf(config);
  return {
    info: {
      sampleShape: [height, width, config.in_channels],
      sizes: { multipleOf: 2 ** (config.block_out_channels.length - 1) },
      activations: activationsOf(plan, [height, width]),
      takes: embeddingConditions(plan.embedding),
      ...(classes?.kind === 'table' ? { classes: classes.rows } : {}),
      ...perturbationsOf(plan, height * width),
      ...(config.out_channels === 2 * config.in_channels ? { learnsVariance: true } : {}),
    },
    parameters,
    layout: (name) => specs[name]?.layout ?? 'same',
    predict: (weights, x, time, conditioning, perturbation) =>
      unet2dOutput({ config, plan, parameters: weights }, { x: x as tf.Tensor4D, time, conditioning, perturbation }),
    dispose: () => tf.dispose(parameters),
  };
}
