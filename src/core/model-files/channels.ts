import * as tf from '@tensorflow/tfjs';

/** Images as model files have them, `[N, C, H, W]`, of images with their channels last. */
export function channelsFirst(images: tf.Tensor): tf.Tensor {
  return tf.transpose(images, [0, 3, 1, 2]);
}

/** The way back. */
export function channelsLast(images: tf.Tensor): tf.Tensor {
  return tf.transpose(images, [0, 2, 3, 1]);
}
