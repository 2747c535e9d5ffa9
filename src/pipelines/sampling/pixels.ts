import type { Tensor } from '@tensorflow/tfjs';
import { map, type OperatorFunction } from 'rxjs';
import type { FloatImages, ImageShape } from '../../core/contracts/images.js';
import type { SampleEnd, SampleEvent, SampleStart, SampleStep } from '../../core/loop/sample-events.js';

/** An event with its lent tensors read into plain data: buffer it, delay it, send it, replay it. */
export type PlainSampleEvent = (Omit<SampleStart, 'x'> | Omit<SampleStep, 'x' | 'denoised'> | Omit<SampleEnd, 'x'>) & {
  readonly images: FloatImages;
};

/** Which tensor of a step is read: the estimate of the clean sample (a picture early on) or the noisy sample. */
export type PixelsOf = 'denoised' | 'x';

/** Reads every event into plain data while it is lent. Steps give `denoised` unless asked for `x`. */
export function pixels(of: PixelsOf = 'denoised'): OperatorFunction<SampleEvent, PlainSampleEvent> {
  return map((event) => {
    const images = floatImages(event.kind === 'step' && of === 'denoised' ? event.denoised : event.x);
    return { ...event, images };
  });
}

/** A tensor `[N, H, W, C]` as plain images; points `[N, D]` become images one pixel wide. */
export function floatImages(tensor: Tensor): FloatImages {
  const [count = 1, height = 1, width = 1, channels = 1] = tensor.shape;
  const shape: ImageShape = [count, height, width, channels];
  return { kind: 'float', shape, data: Float32Array.from(tensor.dataSync()) };
}
