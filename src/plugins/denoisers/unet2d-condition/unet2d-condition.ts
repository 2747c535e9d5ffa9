import * as tf from '@tensorflow/tfjs';
import type { Denoiser, ParameterSet } from '../../../core/contracts/denoiser.js';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { every, optional } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import { ownParameters } from '../../../core/networks/own-parameters.js';
import { parameterBytes } from '../../../core/networks/parameter-specs.js';
import { activationsOf } from '../../../core/networks/unet/activations.js';
import { perturbationsOf } from '../../../core/networks/unet/perturbations.js';
import type { Control } from '../../../core/contracts/control.js';
import type { DiffusersNetwork } from '../diffusers-network.js';
import { sizeOf, unet2dConditionConfig, type UNet2DConditionConfig } from './config.js';
import { Controls } from './controls.js';
import { conditionOutput } from './network.js';
import { conditionShapes, conditionsOf, planConditional } from './plan.js';

/** diffusers' UNet2DConditionModel. */
export const unet2dConditionNetwork: DiffusersNetwork<UNet2DConditionConfig> = {
  plugin: 'unet2d-condition',
  classes: ['UNet2DConditionModel'],
  config: unet2dConditionConfig,
  specs: (config) => conditionShapes(config),
  of: (config, parameters) => unet2dConditionOf(config, parameters),
};

/**
 * diffusers' UNet2DConditionModel, built from its `config.json` with its tensor names: residual blocks on a contracting
 * and an expanding path with skips, each followed by transformer blocks that attend to the pixels and to the tokens of a
 * text (Rombach et al. 2022; Podell et al. 2023, section 2.1). Guidance may ask for it with identity attention or without
 * some blocks. Networks in slots of the role `control` steer it. When: latents are denoised under a text, or the weights are those of a Stable Diffusion.
 */
export const unet2dCondition = definePlugin({
  role: Roles.denoiser,
  name: 'unet2d-condition',
  summary: "diffusers' UNet2DConditionModel: a U-Net whose pixels attend to each other and to the tokens of a text.",
  reference: 'Rombach et al. 2022, section 3.3; Podell et al. 2023, section 2.1',
  tags: {
    data: 'images and latents',
    perturbations: 'identity-attention, skip-layer',
    when: 'latents are denoised under a text, or the weights are those of a Stable Diffusion',
  },
  config: unet2dConditionConfig,
  inject: { noise: Roles.noise, engine: optional(Roles.engine), controls: every(Roles.control) },
  memory: (config) => parameterBytes(conditionShapes(config)),
  create: async ({ config, controls, ...from }): Promise<Denoiser> => {
    const parameters = await ownParameters(conditionShapes(config), { ...from, seed: config.seed });
    return unet2dConditionOf(config, parameters, controls);
  },
});

function unet2dConditionOf(
  config: UNet2DConditionConfig,
  own: ParameterSet,
  bySlot: Readonly<Record<string, Control>> = {},
): Denoiser {
  const plan = planConditional(config);
  const specs = conditionShapes(config, plan);
  const [height, width] = sizeOf(config);
  const { classes } = plan.embedding;
  const controls = new Controls(bySlot);
  return {
    info: {
      sampleShape: [height, width, plan.sampleChannels],
      sizes: { multipleOf: smallestStep(config) },
      activations: activationsOf(plan, [height, width]),
      takes: { ...controls.takes, ...conditionsOf(config, plan) },
      ...(classes?.kind === 'table' ? { classes: classes.rows } : {}),
      ...perturbationsOf(plan, height * width),
      ...(config.out_channels === 2 * config.in_channels ? { learnsVariance: true } : {}),
    },
    parameters: { ...own, ...controls.parameters },
    layout: (name) => controls.layout(name) ?? specs[name]?.layout ?? 'same',
    predict: (parameters, x, time, conditioning, perturbation) =>
      conditionOutput(
        { config, plan, parameters, controls },
        { x: x as tf.Tensor4D, time, conditioning, perturbation },
      ),
    dispose: () => tf.dispose(own),
  };
}

/** Any size is legal where odd sides are rounded up when they are halved; otherwise each level halves evenly. */
function smallestStep({
  block_out_channels,
  down_block_types,
  up_block_types,
  downsample_padding,
}: UNet2DConditionConfig): number {
  const residual = [...down_block_types, ...up_block_types].some((type) => type.startsWith('Resnet'));
  return downsample_padding === 1 && !residual ? 1 : 2 ** (block_out_channels.length - 1);
}
