import type { Tensor } from '@tensorflow/tfjs';
import { concatMap, from, map, of, type OperatorFunction } from 'rxjs';
import type { FloatImages, ImageShape } from '../../core/contracts/images.js';
import type { SampleEnd, SampleEvent, SampleStart, SampleStep } from '../../core/loop/sample-events.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { readFloats } from '../../core/tensors/read-floats.js';

/** An event with its lent tensors read into plain data: buffer it, delay it, send it, replay it. */
export type PlainSampleEvent = (
  Omit<SampleStart, 'x' | 'decode'> | Omit<SampleStep, 'x' | 'denoised' | 'decode'> | Omit<SampleEnd, 'x' | 'decode'>
) & {
  readonly images: FloatImages;
};

/** Which tensor of a step is read: the estimate of the clean sample (a picture early on) or the noisy sample. */
export type PixelsOf = 'denoised' | 'x';

/**
 * Reads every event into plain data while it is lent; latents as the images that they are decoded to. Steps give `denoised` unless asked for `x`. Events come as they
 * are emitted; on a backend that has to be waited for (WebGPU) a little later, in order.
 */
export function pixels(which: PixelsOf = 'denoised'): OperatorFunction<SampleEvent, PlainSampleEvent> {
  return (events) =>
    events.pipe(
      map((event) => readEvent(event, which)),
      inTurn(),
    );
}

/** An event with its pictures: at once, or as a promise where the backend has to be waited for. */
export function readEvent(
  event: SampleEvent,
  which: PixelsOf = 'denoised',
): PlainSampleEvent | Promise<PlainSampleEvent> {
  const tensor = event.kind === 'step' && which === 'denoised' ? event.denoised : event.x;
  const fields = { ...event };
  const read = (images: FloatImages): PlainSampleEvent => ({ ...fields, images });
  const images = event.decode === undefined ? readImages(tensor) : decodedImages(event.decode, tensor);
  return images instanceof Promise ? images.then(read) : read(images);
}

/** The images that a codec makes of latents, as plain data. */
export function decodedImages(
  decode: (latents: Tensor) => Tensor,
  latents: Tensor,
): FloatImages | Promise<FloatImages> {
  const decoded = decode(latents);
  try {
    return readImages(decoded);
  } finally {
    decoded.dispose();
  }
}

/** A tensor as plain images: at once, or as a promise; then it may be disposed of meanwhile. */
function readImages(tensor: Tensor): FloatImages | Promise<FloatImages> {
  const shape = imageShape(tensor);
  const read = (data: Float32Array): FloatImages => ({ kind: 'float', shape, data });
  const values = readFloats(tensor);
  return values instanceof Promise ? values.then(read) : read(values);
}

/** Values as they are, promises when they are settled, in order. */
export function inTurn<T>(): OperatorFunction<T | Promise<T>, T> {
  return concatMap((value) => (value instanceof Promise ? from(value) : of(value)));
}

/**
 * A tensor `[N, H, W, C]` as plain images; points `[N, D]` become images one pixel wide, sound `[N, length, channels]` images
 * of one channel. Films `[N, frames, H, W, C]` become an image for each frame, film by film: a sheet of `columns: frames`
 * has a film in each row, and a GIF plays them. Samples of more axes are no images: `RXD_IMAGES_INVALID`. Reads at once,
 * which WebGPU cannot: there `pixels()` reads events.
 */
export function floatImages(tensor: Tensor): FloatImages {
  return { kind: 'float', shape: imageShape(tensor), data: Float32Array.from(tensor.dataSync()) };
}

function imageShape({ shape, size }: Tensor): ImageShape {
  if (shape.length > 5 || size === 0) throw noImages(shape);
  const [count = 1, ...sample] = shape;
  const [frames = 1, height = 1, width = 1, channels = 1] = sample.length === 4 ? sample : [1, ...sample];
  return [count * frames, height, width, channels];
}

function noImages([count, ...sample]: readonly number[]): DiffusionError {
  return new DiffusionError('RXD_IMAGES_INVALID', {
    problem: `${count} samples of shape [${sample.join(', ')}] are no images`,
    got: `a tensor [${[count, ...sample].join(', ')}]`,
    expected: '[N, height, width, channels], films [N, frames, height, width, channels], or points [N, dimensions]',
    fix: 'read the tensor itself (`result.x`, `event.x`), and reshape it: to one image for each part that can be shown',
  });
}
