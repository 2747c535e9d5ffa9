import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { Codec } from '../../../src/core/contracts/codec.js';
import { encodedImages } from '../../../src/core/codec/coding.js';
import { cpu } from '../../pipelines/sampling/parts.js';

/** Latents are the images of two channels, known within 1 and 3. */
const uncertain: Codec = {
  info: { imageShape: [2, 4, 2], latentShape: [2, 4, 2], sizes: { multipleOf: 1 } },
  ...{ scale: -2, shift: 0.5, parameters: {} },
  encode: (_, images) => tf.clone(images),
  moments: (_, images) => tf.concat([images, tf.mul(tf.onesLike(images), tf.tensor1d([1, 3]))], -1),
  decode: (_, latents) => tf.clone(latents),
};
const images = Float32Array.from({ length: 32 }, (_, at) => at / 16 - 1);
const noise = Float32Array.from({ length: 32 }, (_, at) => Math.sin(at));

describe('latents with a deviation', () => {
  it.each([undefined, { size: 2, overlap: 0.5 }])('are mean + deviation * noise, scaled: tiling %o', async (tiling) => {
    const coding = { engine: cpu, codec: uncertain, tiling };
    const found = await encodedImages(coding, images, undefined, undefined, noise);
    found.forEach((value, at) => {
      const [mean, deviation] = [-2 * ((images[at] ?? 0) - 0.5), at % 2 === 0 ? 2 : 6];
      expect(value).toBeCloseTo(mean + deviation * (noise[at] ?? 0), 5);
    });
  });

  it('are their mean where nobody draws', async () => {
    const found = await encodedImages({ engine: cpu, codec: uncertain }, images);
    found.forEach((value, at) => expect(value).toBeCloseTo(-2 * ((images[at] ?? 0) - 0.5), 5));
  });

  it('are refused where there are not two numbers for one', async () => {
    const wrong = { ...uncertain, moments: uncertain.encode.bind(uncertain) };
    const run = encodedImages({ engine: cpu, codec: wrong }, images, undefined, undefined, noise);
    await expect(run).rejects.toMatchObject({ code: 'RXD_PLUGIN_OUTPUT', message: expect.stringMatching(/`moments`/) });
  });
});
