import * as tf from '@tensorflow/tfjs';
import type { UNet2DConfig } from './config.js';
import type { Layers } from './layers.js';
import type { ResnetPlan } from './plan.js';

/**
 * A residual block: norm, activation, convolution, time, norm, activation, convolution, plus the shortcut.
 *
 * @param embedding - the activated embedding of time and class, `[N, timeWidth]`
 * @param scale - divides the sum (the middle block's `mid_block_scale_factor`)
 */
export function resnetBlock(
  layers: Layers,
  { prefix, input, output }: ResnetPlan,
  x: tf.Tensor4D,
  embedding: tf.Tensor,
  shift: UNet2DConfig['resnet_time_scale_shift'],
  scale = 1,
): tf.Tensor4D {
  const first = layers.conv(`${prefix}.conv1`, layers.activation(layers.norm(`${prefix}.norm1`, x)));
  const time = tf.reshape(layers.linear(`${prefix}.time_emb_proj`, embedding), [x.shape[0], 1, 1, -1]);
  const timed =
    shift === 'default'
      ? layers.norm(`${prefix}.norm2`, tf.add(first, time))
      : scaledAndShifted(layers.norm(`${prefix}.norm2`, first), time);
  const second = layers.conv(`${prefix}.conv2`, layers.activation(timed));
  const shortcut = input === output ? x : layers.conv(`${prefix}.conv_shortcut`, x);
  const sum = tf.add(shortcut, second) as tf.Tensor4D;
  return scale === 1 ? sum : tf.div(sum, scale);
}

function scaledAndShifted(x: tf.Tensor, time: tf.Tensor): tf.Tensor {
  const [scale, shift] = tf.split(time, 2, -1);
  return tf.add(tf.mul(x, tf.add(scale as tf.Tensor, 1)), shift as tf.Tensor);
}
