import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Codec } from '../../core/contracts/codec.js';
import { MOST, positive, whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';

const side = whole(MOST.side);

const config = z
  .strictObject({
    height: side.describe('height of an image in pixels, a multiple of `patch`'),
    width: side.describe('width of an image in pixels, a multiple of `patch`'),
    channels: whole(64).default(1).describe('channels of an image'),
    patch: z
      .union([z.literal(2), z.literal(4), z.literal(8)])
      .default(2)
      .describe('side of a patch in pixels'),
    scale: positive().default(1).describe('factor of the latents that the network gets'),
  })
  .refine(({ height, width, patch }) => height % patch === 0 && width % patch === 0, {
    error: 'expected a height and a width that are multiples of `patch`',
  });

/**
 * Each patch of pixels as one cell of latents: space to depth, then the orthogonal Walsh-Hadamard transform of the
 * patch (of 2x2 pixels, the Haar wavelet): first the mean, then the differences (Haar 1910; patches as in Hoogeboom et
 * al. 2023, "Simple Diffusion", section 3.2). It is exact, and a network has a quarter of the cells (a sixteenth, a
 * 64th) to compute.
 * When: there is no trained codec, or its loss cannot be afforded.
 */
export const patches = definePlugin({
  role: Roles.codec,
  name: 'patches',
  summary: 'Patches of pixels as cells of latents, by an orthogonal transform: exact, and without weights.',
  reference:
    'Haar 1910; Hoogeboom et al. 2023, "Simple diffusion", section 3.2 (patches); Phung et al. 2023 (wavelets)',
  tags: { when: 'fewer cells make the network faster, and nothing of the image may be lost' },
  config,
  create: ({ config: { height, width, channels, patch, scale } }): Codec => {
    const depth = patch * patch * channels;
    const sizes = { multipleOf: patch };
    const transform = patchTransform(patch, channels);
    // The transform is symmetric and orthogonal: it is its own way back.
    const turned = (cells: tf.Tensor): tf.Tensor =>
      tf.matMul(tf.reshape(cells, [-1, depth]), tf.tensor2d(transform, [depth, depth]));
    return {
      info: { imageShape: [height, width, channels], latentShape: [height / patch, width / patch, depth], sizes },
      scale,
      shift: 0,
      parameters: {},
      encode(_, images) {
        const [, rows = 1, columns = 1] = images.shape.map((side) => side / patch);
        const strips = tf.reshape(images, [-1, patch, columns, patch * channels]);
        return tf.reshape(turned(tf.transpose(strips, [0, 2, 1, 3])), [-1, rows, columns, depth]);
      },
      decode(_, latents) {
        const [, rows = 1, columns = 1] = latents.shape;
        const strips = tf.reshape(turned(latents), [-1, columns, patch, patch * channels]);
        return tf.reshape(tf.transpose(strips, [0, 2, 1, 3]), [-1, rows * patch, columns * patch, channels]);
      },
    };
  },
});

/** The transform of a patch `[y, x, channel]`, each channel by itself: row i, column j. */
function patchTransform(patch: number, channels: number): Float32Array {
  const depth = patch * patch * channels;
  return Float32Array.from({ length: depth * depth }, (_, at) => {
    const [i, j] = [Math.floor(at / depth), at % depth];
    if (i % channels !== j % channels) return 0;
    return walsh(Math.floor(i / channels), Math.floor(j / channels)) / patch;
  });
}

/** An entry of the Hadamard matrix: -1 where the numbers of the row and the column share an odd number of bits. */
function walsh(row: number, column: number): number {
  const shared = (row & column).toString(2).replaceAll('0', '');
  return shared.length % 2 === 0 ? 1 : -1;
}
