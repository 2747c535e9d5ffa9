import * as tf from '@tensorflow/tfjs';
import type { Conditioning } from '../../../core/contracts/conditioning.js';
import type { ParameterSet, Perturbation } from '../../../core/contracts/denoiser.js';
import { ACTIVATIONS } from '../../../core/networks/activations.js';
import { Layers } from '../../../core/networks/layers.js';
import { neededCondition } from '../../../core/networks/needed-condition.js';
import { contextOf } from '../../../core/networks/unet/context.js';
import { embedded } from '../../../core/networks/unet/embedded.js';
import { UNetPath } from '../../../core/networks/unet/path.js';
import type { UNet2DConditionConfig } from './config.js';
import type { Controls } from './controls.js';
import type { ConditionPlan } from './plan.js';

/** A network and its weights of one call. */
export interface ConditionNetwork {
  readonly config: UNet2DConditionConfig;
  readonly plan: ConditionPlan;
  /** Those of the control networks too. */
  readonly parameters: ParameterSet;
  readonly controls: Controls;
}

/** What one call is told. */
export interface ConditionInput {
  /** `[N, H, W, sampleChannels]`, or with all the channels that the network takes. */
  readonly x: tf.Tensor4D;
  readonly time: tf.Tensor1D;
  readonly conditioning: Conditioning;
  readonly perturbation?: Required<Perturbation> | undefined;
}

/** One call of the network: contracting path, middle, expanding path over the skips (Rombach et al. 2022, appendix E.2). */
export function conditionOutput(
  { config, plan, parameters, controls }: ConditionNetwork,
  input: ConditionInput,
): tf.Tensor4D {
  const { act_fn: activation, norm_num_groups: groups, norm_eps: epsilon } = config;
  const layers = new Layers(parameters, { activation, groups, epsilon });
  const { conditioning, perturbation } = input;
  const embedding = embedded(layers, plan.embedding, input);
  const path = new UNetPath({
    layers,
    time: { embedding, activated: layers.activation(embedding), shift: config.resnet_time_scale_shift },
    ...contextOf(layers, config, conditioning),
    padding: config.downsample_padding,
    perturbation,
  });
  const whole = wholeInput(plan, input);
  const centred: tf.Tensor4D = config.center_input_sample ? tf.sub(tf.mul(whole, 2), 1) : whole;
  const own = path.down(plan.down, layers.conv('conv_in', centred), centred);
  const middle = path.middle(plan.middle, own.at(-1) as tf.Tensor4D);
  const { map: steered, skips } = controls.added(parameters, input, { map: middle, skips: own });
  const { map } = path.up(plan.up, steered, skips);
  return layers.conv('conv_out', ACTIVATIONS[activation](layers.norm('conv_norm_out', map)));
}

/** The sample, and behind it the channels that a condition adds. */
function wholeInput(
  { sampleChannels, addedChannels }: ConditionPlan,
  { x, conditioning }: ConditionInput,
): tf.Tensor4D {
  if (x.shape[3] === sampleChannels + addedChannels) return x;
  const added = neededCondition(conditioning, 'added_channels', `float32 [N, height, width, ${addedChannels}]`);
  return tf.concat([x, added as tf.Tensor4D], 3);
}
