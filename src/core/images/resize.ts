import type { FloatImages, PixelImages } from '../contracts/images.js';
import { checkMemory } from '../assembly/memory-limit.js';
import { checkShape } from './check-images.js';
import { contributions, type Contributions, type ResizeMethod } from './resize-weights.js';
import { byteOf } from './to-pixels.js';

/** What `resizeImages` makes. */
export interface ResizeTarget {
  readonly height: number;
  readonly width: number;
  readonly method: ResizeMethod;
}

/**
 * Resizes every image of a batch, along the width and then the height, in double precision. Sample centres lie at half
 * pixels, weights are renormalised at the border, and shrinking widens the filter (antialias), as in Pillow and in
 * torch's `interpolate(antialias=True)`. Floats may overshoot [-1, 1] with `bicubic` and `lanczos`; bytes are rounded
 * half up and clamped. Alpha is treated like any channel.
 */
export function resizeImages<T extends FloatImages | PixelImages>(images: T, target: ResizeTarget): T;
export function resizeImages(images: FloatImages | PixelImages, target: ResizeTarget): FloatImages | PixelImages {
  checkShape(images);
  const [count, height, width, channels] = images.shape;
  const pixels = count * target.width * (target.height + height);
  checkMemory([{ what: `${count} images of ${target.width} x ${target.height}`, bytes: 8 * pixels * channels }]);
  const across = contributions(width, target.width, target.method);
  const down = contributions(height, target.height, target.method);
  const wide = resizeAxis(Float64Array.from(images.data), count * height, width, channels, across);
  const full = resizeAxis(wide, count, height, target.width * channels, down);
  const shape = [count, target.height, target.width, channels] as const;
  if (images.kind === 'float') return { kind: 'float', shape, data: Float32Array.from(full) };
  return { kind: 'pixels', shape, data: Uint8Array.from(full, byteOf) };
}

/** Weighted sums along the middle axis of `[outer, size, inner]`. */
function resizeAxis(
  from: Float64Array,
  outer: number,
  size: number,
  inner: number,
  { starts, weights }: Contributions,
): Float64Array {
  const out = new Float64Array(outer * starts.length * inner);
  for (let block = 0; block < outer; block += 1) {
    for (let place = 0; place < starts.length; place += 1) {
      const first = (block * size + (starts[place] ?? 0)) * inner;
      const at = (block * starts.length + place) * inner;
      addWeighted(out, at, from, first, inner, weights[place] ?? []);
    }
  }
  return out;
}

function addWeighted(
  out: Float64Array,
  at: number,
  from: Float64Array,
  first: number,
  inner: number,
  weights: readonly number[],
): void {
  for (let tap = 0; tap < weights.length; tap += 1) {
    const weight = weights[tap] ?? 0;
    for (let i = 0; i < inner; i += 1) {
      out[at + i] = (out[at + i] ?? 0) + weight * (from[first + tap * inner + i] ?? 0);
    }
  }
}
