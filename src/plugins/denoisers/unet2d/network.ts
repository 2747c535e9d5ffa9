import * as tf from '@tensorflow/tfjs';
import type { Conditioning } from '../../../core/contracts/conditioning.js';
import type { ParameterSet, Perturbation } from '../../../core/contracts/denoiser.js';
import { silu } from '../../../core/kernels/silu.js';
import { Layers } from '../../../core/networks/layers.js';
import { embedded } from '../../../core/networks/unet/embedded.js';
import { UNetPath } from '../../../core/networks/unet/path.js';
import type { UNet2DConfig } from './config-fields.js';
import type { UNet2DPlan } from './plan.js';

/** A network and its weights of one call. */
export interface UNet2DNetwork {
  readonly config: UNet2DConfig;
  readonly plan: UNet2DPlan;
  readonly parameters: ParameterSet;
}

/** What one call is told. */
export interface UNet2DInput {
  readonly x: tf.Tensor4D;
  readonly time: tf.Tensor1D;
  readonly conditioning: Conditioning;
  readonly perturbation?: Required<Perturbation> | undefined;
}

/** One call of the network: contracting path, middle, expanding path over the skips (Ronneberger et al. 2015). */
export function unet2dOutput({ config, plan, parameters }: UNet2DNetwork, input: UNet2DInput): tf.Tensor4D {
  const { act_fn: activation, norm_eps: epsilon } = config;
  const layers = new Layers(parameters, { activation, groups: plan.groups, epsilon });
  const embedding = embedded(layers, plan.embedding, input);
  const path = new UNetPath({
    layers,
    time: { embedding, activated: layers.activation(embedding), shift: config.resnet_time_scale_shift },
    padding: config.downsample_padding,
    perturbation: input.perturbation,
  });
  const centred: tf.Tensor4D = config.center_input_sample ? tf.sub(tf.mul(input.x, 2), 1) : input.x;
  const skips = path.down(plan.down, layers.conv('conv_in', centred), centred);
  const { map, image } = path.up(plan.up, path.middle(plan.middle, skips.at(-1) as tf.Tensor4D), skips);
  const out = layers.conv('conv_out', silu(layers.norm('conv_norm_out', map)));
  const joined = image === undefined ? out : tf.add<tf.Tensor4D>(out, image);
  if (config.time_embedding_type !== 'fourier') return joined;
  return tf.div(joined, tf.reshape(input.time, [-1, 1, 1, 1]));
}
