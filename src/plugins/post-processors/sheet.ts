import { z } from 'zod';
import { MOST, whole } from '../../core/assembly/config-numbers.js';
import { expectRaster } from '../../core/images/check-images.js';
import { tileImages } from '../../core/images/sheet.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';

const config = z.strictObject({
  columns: whole(MOST.batch).optional().describe('Images in a row; the square root of their number where not given.'),
  gap: whole(1024, 0).default(2).describe('Pixels between neighbours and around all.'),
  background: z
    .number()
    .min(-1)
    .max(1)
    .default(1)
    .describe('Grey of gaps and empty places: -1 is black, 1 is white, whether the images are floats or pixels.'),
});

/**
 * Tiles all images of a batch into one, row by row: 100 images and `columns: 10` make a 10 x 10 sheet. Source: this
 * package, `tileImages`.
 * When: many samples are looked at together.
 */
export const sheet = definePlugin({
  role: Roles.postProcessor,
  name: 'sheet',
  summary: 'Tiles all images of a batch into one, row by row.',
  reference: 'This package',
  tags: { gives: 'images', when: 'many samples are looked at together' },
  config,
  create: ({ config: { columns, gap, background } }) => ({
    process(batch) {
      const images = expectRaster(batch, 'postProcessor/sheet');
      return tileImages(images, {
        columns: columns ?? Math.ceil(Math.sqrt(images.shape[0])),
        gap,
        background: images.kind === 'float' ? background : Math.round((background + 1) * 127.5),
      });
    },
  }),
});
