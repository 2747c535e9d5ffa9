/**
 * Diffusion on frequencies: each block of pixels is written as its lowest frequencies, by an orthonormal cosine transform.
 *
 * DCT-II of blocks (Ahmed, Natarajan & Rao 1974, "Discrete Cosine Transform", equation 1), on which Ning et al. 2024,
 * "DCTdiff", train diffusion models. With all frequencies it is exact; with fewer, images lose what is finest.
 */
import { definePlugin, Roles, type Codec } from 'rxdiffusion/plugin';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';

const side = z.int().min(1).max(4096);

/** `[block, frequencies]`: cosine `u` at pixel `y`. */
function cosines(block: number, frequencies: number): number[][] {
  const at = (y: number, u: number): number =>
    Math.sqrt((u === 0 ? 1 : 2) / block) * Math.cos((Math.PI * (2 * y + 1) * u) / (2 * block));
  return Array.from({ length: block }, (_, y) => Array.from({ length: frequencies }, (_, u) => at(y, u)));
}

export const blockDct = definePlugin({
  role: Roles.codec,
  name: 'block-dct',
  summary: 'Blocks of pixels as their lowest frequencies, by a cosine transform without weights.',
  reference: 'Ahmed, Natarajan & Rao 1974, equation 1; Ning et al. 2024, "DCTdiff"',
  tags: { when: 'fine detail may go, and there is no time to train a codec' },
  config: z
    .strictObject({
      height: side.describe('height of an image in pixels, a multiple of `block`'),
      width: side.describe('width of an image in pixels, a multiple of `block`'),
      channels: z.int().min(1).max(4).default(1).describe('channels of an image'),
      block: z.int().min(2).max(16).default(4).describe('side of a block in pixels'),
      frequencies: z.int().min(1).max(16).default(2).describe('frequencies kept along each side, at most `block`'),
    })
    .refine(({ height, width, block }) => height % block === 0 && width % block === 0, 'no whole number of blocks')
    .refine(({ block, frequencies }) => frequencies <= block, 'more frequencies than pixels'),
  create: ({ config: { height, width, channels, block, frequencies } }): Codec => {
    const [down, across, kept] = [height / block, width / block, frequencies ** 2];
    const table = cosines(block, frequencies);
    // Row (y, x) of a block, column (u, v) of its frequencies.
    const waves = table.flatMap((y) => table.map((x) => y.flatMap((u) => x.map((v) => u * v))));
    return {
      info: { imageShape: [height, width, channels], latentShape: [down, across, channels * kept] },
      // The mean of a block of pixels in [-1, 1], which is the largest of its numbers, is multiplied by `block`.
      ...{ scale: 2 / block, shift: 0, parameters: {} },
      encode(_, images) {
        const blocks = tf.transpose(tf.reshape(images, [-1, down, block, across, block, channels]), [0, 1, 3, 5, 2, 4]);
        const seen = tf.matMul(tf.reshape(blocks, [-1, block * block]), tf.tensor2d(waves));
        return tf.reshape(seen, [-1, down, across, channels * kept]);
      },
      decode(_, latents) {
        const pixels = tf.matMul(tf.reshape(latents, [-1, kept]), tf.tensor2d(waves), false, true);
        const blocks = tf.reshape(pixels, [-1, down, across, channels, block, block]);
        return tf.reshape(tf.transpose(blocks, [0, 1, 4, 2, 5, 3]), [-1, height, width, channels]);
      },
    };
  },
});
