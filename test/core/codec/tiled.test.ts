import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { decodedLatents, encodedImages } from '../../../src/core/codec/coding.js';
import type { Tiling } from '../../../src/core/codec/tile-plan.js';
import type { Codec } from '../../../src/core/contracts/codec.js';
import { patches } from '../../../src/plugins/codecs/patches.js';
import { cpu } from '../../pipelines/sampling/parts.js';

const shape = [24, 40, 3];
const size = 24 * 40 * 3;
const images = Float32Array.from({ length: 2 * size }, (_, i) => Math.sin(i / 7) * Math.cos(i / 91));
const config = { height: 24, width: 40, channels: 3, patch: 2, scale: 1 } as const;
const local = await patches.create({ config });

/** Each pixel sees those around it, as in a network of convolutions: tiles differ at their edges. */
const blurring: Codec = {
  ...local,
  decode: (parameters, latents) => {
    const pixels = local.decode(parameters, latents) as tf.Tensor4D;
    return tf.avgPool(pixels, 5, 1, 'same');
  },
  encode: (parameters, pixels) => local.encode(parameters, tf.avgPool(pixels as tf.Tensor4D, 5, 1, 'same')),
};

async function decoded(codec: Codec, latents: Float32Array, tiling?: Tiling): Promise<Float32Array> {
  const x = tf.tensor(latents, [2, 12, 20, 12]);
  const made = decodedLatents({ engine: cpu, codec, tiling }, x);
  const values = made.dataSync<'float32'>().slice();
  tf.dispose([x, made]);
  return values;
}

const largest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);

const tilings: readonly Tiling[] = [{ size: 8 }, { size: 16, overlap: 0 }, { size: 20, overlap: 0.5 }, { size: 4096 }];

describe('coding in tiles', () => {
  it.each(tilings)('of %j is coding in one piece where each place sees itself alone', async (tiling) => {
    const whole = await encodedImages({ engine: cpu, codec: local }, images);
    const tiled = await encodedImages({ engine: cpu, codec: local, tiling }, images);
    expect(largest(tiled, whole)).toBeLessThan(1e-6);
    expect(largest(await decoded(local, whole, tiling), await decoded(local, whole))).toBeLessThan(1e-6);
  });

  it('is close to coding in one piece where places see those around, the closer the more tiles overlap', async () => {
    const latents = await encodedImages({ engine: cpu, codec: local }, images);
    const whole = await decoded(blurring, latents);
    const [none, half] = [
      largest(await decoded(blurring, latents, { size: 16, overlap: 0 }), whole),
      largest(await decoded(blurring, latents, { size: 16, overlap: 0.5 }), whole),
    ];
    console.log(`tiles of 16 pixels: ${none.toFixed(3)} off without overlap, ${half.toFixed(3)} with half`);
    expect(half).toBeGreaterThan(0);
    expect(half).toBeLessThan(none);
    expect(half).toBeLessThan(0.1);
    const encoded = await encodedImages({ engine: cpu, codec: blurring }, images);
    const inTiles = await encodedImages({ engine: cpu, codec: blurring, tiling: { size: 16 } }, images);
    expect(largest(inTiles, encoded)).toBeGreaterThan(0);
    expect(largest(inTiles, encoded)).toBeLessThan(0.5 * encoded.reduce((most, v) => Math.max(most, Math.abs(v)), 0));
  });

  it('blends as `tiled_decode` of diffusers does', async () => {
    // Each tile is the mean of its latents, so that only the blending says what a place is.
    const flat: Codec = {
      ...local,
      decode: (_, x) => {
        const [, height = 1, width = 1] = x.shape;
        return tf.tile(tf.mean(x, [1, 2, 3], true), [1, 2 * height, 2 * width, 3]);
      },
    };
    const latents = Float32Array.from({ length: 2 * 12 * 20 * 12 }, (_, i) => Math.sin(i));
    // Stretches of 4 cells, 1 cell of overlap: 12 = 4 + 3 * 8 / 3 does not divide, so 10 by 19 cells are looked at.
    const [rows, columns, tile, stride] = [10, 19, 4, 3];
    const part = tf.tidy(() => tf.slice(tf.tensor(latents, [2, 12, 20, 12]), [0, 0, 0, 0], [1, rows, columns, 12]));
    const made = decodedLatents({ engine: cpu, codec: flat, tiling: { size: 8, overlap: 0.25 } }, part);
    const numbers = (await made.array()) as number[][][][];
    const meanOf = (i: number, j: number): number =>
      tf.tidy(() => tf.mean(tf.slice(part, [0, i, j, 0], [1, tile, tile, 12])).dataSync()[0] ?? Number.NaN);
    const starts = (cells: number): number[] =>
      Array.from({ length: (cells - tile) / stride + 1 }, (_, k) => k * stride);
    const extent = 2;
    const blended = starts(rows).map((i) => starts(columns).map((j) => meanOf(i, j)));
    /** `blend_v`, then `blend_h`, then the part that is kept of each tile. */
    const expectedAt = (y: number, x: number): number => {
      const [row, inRow] = placeOf(y, blended.length);
      const [column, inColumn] = placeOf(x, blended[0]?.length ?? 0);
      const of = (r: number, c: number): number => blended[r]?.[c] ?? Number.NaN;
      const across = (r: number): number =>
        inColumn < extent && column > 0
          ? of(r, column - 1) * (1 - inColumn / extent) + of(r, column) * (inColumn / extent)
          : of(r, column);
      return inRow < extent && row > 0
        ? across(row - 1) * (1 - inRow / extent) + across(row) * (inRow / extent)
        : across(row);
    };
    const placeOf = (at: number, count: number): [tile: number, within: number] => {
      const index = Math.min(Math.floor(at / (2 * stride)), count - 1);
      return [index, at - index * 2 * stride];
    };
    for (let y = 0; y < 2 * rows; y++)
      for (let x = 0; x < 2 * columns; x++) expect(numbers[0]?.[y]?.[x]?.[0]).toBeCloseTo(expectedAt(y, x), 6);
    tf.dispose([part, made]);
  });

  it('holds one tile at a time, and leaves nothing', async () => {
    const seen = { most: 0, calls: 0 };
    const watched: Codec = {
      ...local,
      decode: (parameters, latents) => {
        seen.calls++;
        // What a network would hold.
        const work = tf.tile(latents, [1, 1, 1, 64]);
        seen.most = Math.max(seen.most, tf.memory().numBytes);
        return tf.add(local.decode(parameters, latents), tf.mul(tf.sum(work), 0));
      },
    };
    const latents = await encodedImages({ engine: cpu, codec: local }, images);
    const before = tf.memory();
    await decoded(watched, latents);
    const whole = seen.most - before.numBytes;
    seen.most = 0;
    await decoded(watched, latents, { size: 8 });
    const tiled = seen.most - before.numBytes;
    console.log(`decoding holds ${whole} bytes in one piece, ${tiled} in tiles (the images are ${4 * 2 * size})`);
    expect(tiled).toBeLessThan(whole / 4);
    expect(seen.calls).toBe(1 + 2 * 4 * 7);
    expect(tf.memory().numTensors).toBe(before.numTensors);
  });

  it('is how a codec of one size codes larger images', async () => {
    const { sizes: _, ...info } = (await patches.create({ config: { ...config, height: 8, width: 16 } })).info;
    const fixed: Codec = { ...local, info };
    const larger = await encodedImages({ engine: cpu, codec: fixed }, images, undefined, [12, 20, 12]);
    expect(largest(larger, await encodedImages({ engine: cpu, codec: local }, images))).toBeLessThan(1e-6);
    const smaller = encodedImages({ engine: cpu, codec: fixed }, images.slice(0, 48), undefined, [2, 2, 12]);
    await expect(smaller).rejects.toMatchObject({ code: 'RXD_REQUEST_INVALID' });
    const other = encodedImages({ engine: cpu, codec: fixed, tiling: { size: 4 } }, images, undefined, [12, 20, 12]);
    await expect(other).rejects.toMatchObject({ code: 'RXD_REQUEST_INVALID' });
  });

  it('takes films frame by frame alike, and refuses what has no grid', async () => {
    const film: Codec = {
      ...local,
      info: { imageShape: [2, ...shape], latentShape: [2, 12, 20, 12], sizes: { multipleOf: 2 } },
      encode: (_, x) =>
        tf.reshape(local.encode({}, tf.reshape(x, [-1, ...x.shape.slice(2)])), [
          ...x.shape.slice(0, 2),
          (x.shape[2] ?? 0) / 2,
          (x.shape[3] ?? 0) / 2,
          12,
        ]),
    };
    const whole = await encodedImages({ engine: cpu, codec: film }, images);
    expect(largest(await encodedImages({ engine: cpu, codec: film, tiling: { size: 8 } }, images), whole)).toBeLessThan(
      1e-6,
    );
    const vectors: Codec = { ...local, info: { imageShape: shape, latentShape: [2880] } };
    await expect(encodedImages({ engine: cpu, codec: vectors, tiling: {} }, images)).rejects.toMatchObject({
      code: 'RXD_REQUEST_INVALID',
    });
  });
});
