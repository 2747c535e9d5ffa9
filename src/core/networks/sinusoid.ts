import * as tf from '@tensorflow/tfjs';

/** How a sinusoidal embedding is laid out. */
export interface SinusoidOptions {
  readonly width: number;
  /** Subtracted from the number of frequencies in the exponent’s denominator. */
  readonly freqShift: number;
  /** Cosines first. */
  readonly flipSinToCos: boolean;
}

/** The sinusoid of times `[N]` as `[N, width]` (Vaswani et al. 2017, section 3.5); an odd width ends in a zero. */
export function sinusoid(time: tf.Tensor1D, { width, freqShift, flipSinToCos }: SinusoidOptions): tf.Tensor2D {
  const half = Math.floor(width / 2);
  const frequencies = Array.from({ length: half }, (_, i) => Math.exp((-Math.log(10_000) * i) / (half - freqShift)));
  const angles = tf.mul(tf.reshape(time, [-1, 1]), tf.tensor2d(frequencies, [1, half]));
  const [sine, cosine] = [tf.sin(angles), tf.cos(angles)];
  const joined = tf.concat(flipSinToCos ? [cosine, sine] : [sine, cosine], 1) as tf.Tensor2D;
  return width % 2 === 0
    ? joined
    : tf.pad(joined, [
        [0, 0],
        [0, 1],
      ]);
}
