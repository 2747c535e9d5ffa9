import { describe, expect, it } from 'vitest';
import { LatentCache } from '../../../src/core/codec/latent-cache.js';

const image = (value: number): number[] => [value, value, value, -value];

/** Half as many numbers an image, each twice as large; counts what it is given. */
function counting() {
  const rows: number[] = [];
  const encode = async (images: Float32Array): Promise<Float32Array> => {
    rows.push(images.length / 4);
    return Float32Array.from({ length: images.length / 2 }, (_, i) => 2 * (images[2 * i] ?? 0));
  };
  return { rows, encode };
}

const batch = (...values: readonly number[]): Float32Array => Float32Array.from(values.flatMap(image));
const latents = (...values: readonly number[]): Float32Array =>
  Float32Array.from(values.flatMap((value) => [2 * value, 2 * value]));

describe('LatentCache', () => {
  it('encodes each image once, in rows of a power of two or the whole batch', async () => {
    const { rows, encode } = counting();
    const cache = new LatentCache(1e6);
    const asked = async (...values: readonly number[]): Promise<void> =>
      expect(await cache.latents(batch(...values), values.length, encode)).toEqual(latents(...values));
    await asked(1, 2, 3);
    await asked(3, 1, 2);
    await asked(4, 4, 1, 2, 3);
    await asked(1, 5, 6, 7, 2);
    await asked(8, 9, 10, 11, 12);
    expect(rows).toEqual([3, 1, 4, 5]);
  });

  it('holds no more than it may, and encodes the rest each time', async () => {
    const { rows, encode } = counting();
    const cache = new LatentCache(2 * (8 + 256));
    for (let epoch = 0; epoch < 3; epoch++)
      for (const [a, b] of [
        [1, 2],
        [3, 4],
      ] as const)
        expect(await cache.latents(batch(a, b), 2, encode)).toEqual(latents(a, b));
    expect(rows).toEqual([2, 2, 2, 2]);
    expect(cache.bytes).toBe(2 * (8 + 256));
  });

  it('keeps nothing of what could not be encoded', async () => {
    const { encode } = counting();
    const cache = new LatentCache(1e6);
    await expect(cache.latents(batch(1), 1, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(cache.bytes).toBe(0);
    expect(await cache.latents(batch(1), 1, encode)).toEqual(latents(1));
  });
});
