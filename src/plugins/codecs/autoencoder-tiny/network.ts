import * as tf from '@tensorflow/tfjs';
import { upsampleNearest2x } from '../../../core/kernels/upsample-nearest-2x.js';
import type { Layers } from '../../../core/networks/layers.js';
import { BLOCK_CONVOLUTIONS, type TinyLayer } from './plan.js';

/** Latents beyond this are drawn near it before they are decoded. */
const MAGNITUDE = 3;

/** Latents of images: the network sees images in 0 … 1. */
export function tinyEncoded(layers: Layers, plan: readonly TinyLayer[], images: tf.Tensor): tf.Tensor4D {
  return passed(layers, plan, tf.div(tf.add(images, 1), 2));
}

/** Images of latents, which are clamped smoothly first. */
export function tinyDecoded(layers: Layers, plan: readonly TinyLayer[], latents: tf.Tensor): tf.Tensor4D {
  const clamped: tf.Tensor4D = tf.mul(tf.tanh(tf.div(latents, MAGNITUDE)), MAGNITUDE);
  return tf.sub(tf.mul(passed(layers, plan, clamped), 2), 1);
}

function passed(layers: Layers, plan: readonly TinyLayer[], x: tf.Tensor4D): tf.Tensor4D {
  return plan.reduce((held, layer) => layerOf(layers, layer, held), x);
}

function layerOf(layers: Layers, layer: TinyLayer, x: tf.Tensor4D): tf.Tensor4D {
  if (layer.kind === 'activation') return layers.activation(x);
  if (layer.kind === 'double') return upsampleNearest2x(x);
  if (layer.kind === 'conv') return layers.conv(layer.prefix, x, layer.stride, 1);
  const last = BLOCK_CONVOLUTIONS.length - 1;
  const inner = BLOCK_CONVOLUTIONS.reduce((held, name, at) => {
    const next = layers.conv(`${layer.prefix}.${name}`, held);
    return at === last ? next : layers.activation(next);
  }, x);
  return tf.relu(tf.add(inner, x));
}
