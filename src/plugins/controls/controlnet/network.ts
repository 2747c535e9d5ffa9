import * as tf from '@tensorflow/tfjs';
import type { Conditioning } from '../../../core/contracts/conditioning.js';
import type { ControlInput, ControlResiduals } from '../../../core/contracts/control.js';
import type { ParameterSet } from '../../../core/contracts/parameters.js';
import { DiffusionError } from '../../../core/errors/diffusion-error.js';
import { silu } from '../../../core/kernels/silu.js';
import { Layers } from '../../../core/networks/layers.js';
import { neededCondition } from '../../../core/networks/needed-condition.js';
import { contextOf } from '../../../core/networks/unet/context.js';
import { embedded } from '../../../core/networks/unet/embedded.js';
import { UNetPath } from '../../../core/networks/unet/path.js';
import type { ControlNetConfig } from './config.js';
import { imageFactor, type ControlPlan } from './plan.js';

/** A network and its weights of one call. */
export interface ControlNetwork {
  readonly config: ControlNetConfig;
  readonly plan: ControlPlan;
  readonly parameters: ParameterSet;
}

/**
 * One call of the network: the contracting path and the middle of a U-Net over the sample and the condition image, each
 * map through a convolution of its own (Zhang et al. 2023, section 3.2).
 */
export function controlResiduals({ config, plan, parameters }: ControlNetwork, input: ControlInput): ControlResiduals {
  const { act_fn: activation, norm_num_groups: groups, norm_eps: epsilon } = config;
  const layers = new Layers(parameters, { activation, groups, epsilon });
  const x = input.x as tf.Tensor4D;
  const embedding = embedded(layers, plan.embedding, input);
  const path = new UNetPath({
    layers,
    time: { embedding, activated: layers.activation(embedding), shift: config.resnet_time_scale_shift },
    ...contextOf(layers, config, unmasked(input.conditioning)),
    padding: config.downsample_padding,
  });
  const image = embeddedImage(layers, { config, plan }, x, input.conditioning);
  const skips = path.down(plan.down, tf.add(layers.conv('conv_in', x), image), x);
  const middle = path.middle(plan.middle, skips.at(-1) as tf.Tensor4D);
  const scaleAt = scalesOf(config, input);
  const residual = (name: string, map: tf.Tensor, place: number): tf.Tensor => {
    const scaled = tf.mul(layers.conv(name, map), scaleAt(place));
    return config.global_pool_conditions ? tf.mean(scaled, [1, 2], true) : scaled;
  };
  return {
    skips: skips.map((map, at) => residual(`controlnet_down_blocks.${at}`, map, at / skips.length)),
    middle: residual('controlnet_mid_block', middle, 1),
  };
}

/** diffusers masks no tokens in control networks. */
function unmasked({ encoder_attention_mask: _mask, ...others }: Conditioning): Conditioning {
  return others;
}

/** The condition image as a map of the size of the sample. */
function embeddedImage(
  layers: Layers,
  { config, plan }: Pick<ControlNetwork, 'config' | 'plan'>,
  x: tf.Tensor4D,
  conditioning: Conditioning,
): tf.Tensor4D {
  const shape = `float32 [N, height, width, ${config.conditioning_channels}]`;
  const given = neededCondition(conditioning, config.condition, shape) as tf.Tensor4D;
  const [, height, width] = x.shape.map((side) => side * imageFactor(plan));
  if (given.shape[1] !== height || given.shape[2] !== width)
    throw new DiffusionError('RXD_CONDITION_INVALID', {
      problem: `the condition image \`${config.condition}\` is not of the size of the sample`,
      got: `[${given.shape.join(', ')}]`,
      expected: `[N, ${height}, ${width}, ${config.conditioning_channels}]: ${imageFactor(plan)} times the sample`,
      fix: 'resize the image to the size of the picture that is asked for',
    });
  const ordered = config.controlnet_conditioning_channel_order === 'bgr' ? tf.reverse(given, 3) : given;
  const hidden = plan.image.reduce<tf.Tensor4D>(
    (map, { prefix, stride }) => silu(stride === 1 ? layers.conv(prefix, map) : layers.conv(prefix, map, 2, 1)),
    ordered,
  );
  return layers.conv('controlnet_cond_embedding.conv_out', hidden);
}

/**
 * The factor of each sample's residuals by their place, 0 … 1: 0 at times at which the network does not act. A condition says that of the
 * middle, and that of the first skip as a share of it; those between are even in their logarithm.
 */
function scalesOf(config: ControlNetConfig, input: ControlInput): (place: number) => tf.Tensor {
  const { condition, global_pool_conditions: isPooled } = config;
  const given = input.conditioning[`${condition}_scale`];
  const acting = actingScale(config, input);
  if (given === undefined) return () => acting;
  const [middle, share] = tf.split(tf.reshape(given, [-1, 1, 1, 2]), 2, 3) as [tf.Tensor, tf.Tensor];
  const whole = tf.mul(acting, middle);
  return (place) => (isPooled || place === 1 ? whole : tf.mul(whole, tf.pow(tf.abs(share), 1 - place)));
}

/** The factor of the config at the time of each sample. */
function actingScale({ scale, times }: ControlNetConfig, { time }: ControlInput): tf.Tensor {
  const asked = tf.scalar(scale);
  if (times === undefined) return asked;
  const [from, to] = times;
  const acts = tf.cast(tf.logicalAnd(tf.greaterEqual(time, from), tf.lessEqual(time, to)), 'float32');
  return tf.mul(asked, tf.reshape(acts, [-1, 1, 1, 1]));
}
