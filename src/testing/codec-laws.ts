import * as tf from '@tensorflow/tfjs';
import { cellOf, latentShapeOf } from '../core/codec/codec-shapes.js';
import type { Codec } from '../core/contracts/codec.js';
import { uniforms } from '../core/random/draws.js';
import { lawsOf } from './broken-law.js';

const holds = lawsOf('codecs');

/** How `codecLaws` asks. */
export interface CodecCase {
  /** Images that the codec is made for, two or more, row by row; noise in [-1, 1] where absent. */
  readonly images?: Float32Array;
  /** Root mean square of `decode(encode(images)) - images`, at most; 1e-5 where absent, which is exact. */
  readonly error?: number;
  /** Largest difference between a batch and its singles; 1e-5 where absent. */
  readonly tolerance?: number;
}

/**
 * Checks the laws of the codec contract on the current tfjs backend: both halves give finite float32 of the shapes that
 * `info` says, equal calls give equal bits, a batch equals its singles, weights stay as they are, scale and shift are
 * numbers, decoded latents are as close to their images as is said, and images of another of its `sizes` keep their size.
 *
 * @throws Error that says which law is broken.
 */
export function codecLaws(codec: Codec, { images, error = 1e-5, tolerance = 1e-5 }: CodecCase = {}): void {
  tf.tidy(() => {
    const { imageShape, latentShape } = codec.info;
    const size = imageShape.reduce((product, side) => product * side, 1);
    const noise = (): number[] => [...uniforms({ seed: 1, purpose: 'laws/codec', step: 0 }, 3 * size)];
    const values = images ?? Float32Array.from(noise(), (u) => 2 * u - 1);
    const x = tf.tensor(values, [values.length / size, ...imageShape]);
    const [rows = 0] = x.shape;
    const before = weightsOf(codec);
    const encode = (batch: tf.Tensor): tf.Tensor => codec.encode(codec.parameters, batch);
    const decode = (batch: tf.Tensor): tf.Tensor => codec.decode(codec.parameters, batch);
    const latents = encode(x);
    const decoded = decode(latents);
    holds(rows > 1, 'there are two images or more to try it on');
    holds(Number.isFinite(codec.scale) && codec.scale !== 0, 'the scale is finite and not 0');
    holds(Number.isFinite(codec.shift), 'the shift is finite');
    checkHalf(latents, [rows, ...latentShape], 'latents');
    checkHalf(decoded, [rows, ...imageShape], 'decoded images');
    holds(sameBits(encode(x), latents) && sameBits(decode(latents), decoded), 'equal calls give equal bits');
    for (let row = 0; row < rows; row++) {
      const [one, code] = [tf.slice(x, [row], [1]), tf.slice(latents, [row], [1])];
      holds(largest(encode(one), code) <= tolerance, 'a batch of images equals its singles');
      holds(largest(decode(code), tf.slice(decoded, [row], [1])) <= tolerance, 'a batch of latents equals its singles');
    }
    checkMoments(codec, x, latents);
    checkSizes(codec);
    holds(weightsOf(codec) === before, 'weights stay as they are');
    const off = Math.sqrt(tf.mean(tf.square(tf.sub(decoded, x))).dataSync()[0] ?? Number.NaN);
    holds(off <= error, `decode(encode(images)) is within ${error} of the images (it is ${off} off)`);
  });
}

/** Mean and deviation of the latents of images, where the codec has them. */
function checkMoments(codec: Codec, images: tf.Tensor, latents: tf.Tensor): void {
  const moments = codec.moments?.(codec.parameters, images);
  if (moments === undefined) return;
  const channels = latents.shape.at(-1) ?? 1;
  checkHalf(moments, [...latents.shape.slice(0, -1), 2 * channels], 'moments');
  const [mean, deviation] = tf.split(moments, 2, -1) as [tf.Tensor, tf.Tensor];
  holds(largest(mean, latents) <= 1e-5, 'the mean of the latents is what encode gives');
  holds(
    deviation.dataSync().every((value) => value >= 0),
    'no deviation is below 0',
  );
}

/** Images of another size that the codec takes, and their latents. */
function checkSizes(codec: Codec): void {
  const { info, parameters } = codec;
  const { sizes } = info;
  if (sizes === undefined) return;
  const cell = cellOf(info);
  holds(cell !== undefined, 'a codec of several sizes has images and latents of one grid');
  const least = Math.max(sizes.least ?? 0, sizes.multipleOf);
  const other = [...info.imageShape.slice(0, -3), least, info.imageShape.at(-2) ?? 1, info.imageShape.at(-1) ?? 1];
  const latents = codec.encode(parameters, tf.zeros([1, ...other]));
  checkHalf(latents, [1, ...latentShapeOf(info, other)], 'latents of another size');
  checkHalf(codec.decode(parameters, latents), [1, ...other], 'decoded images of another size');
}

function checkHalf(made: tf.Tensor, shape: readonly number[], what: string): void {
  holds(
    made.dtype === 'float32' && made.shape.join() === shape.join(),
    `${what} are float32 [${shape.join(', ')}] (they are ${made.dtype} [${made.shape.join(', ')}])`,
  );
  holds(made.dataSync().every(Number.isFinite), `${what} are finite`);
}

const sameBits = (a: tf.Tensor, b: tf.Tensor): boolean => a.dataSync().join() === b.dataSync().join();

function largest(a: tf.Tensor, b: tf.Tensor): number {
  return tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] ?? Number.NaN;
}

function weightsOf({ parameters }: Codec): string {
  return Object.entries(parameters)
    .map(([name, tensor]) => `${name}:${tensor.dataSync().join()}`)
    .join(';');
}
