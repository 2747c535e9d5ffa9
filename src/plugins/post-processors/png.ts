import { z } from 'zod';
import type { ImageFile } from '../../core/contracts/images.js';
import { expectPixels } from '../../core/images/check-images.js';
import { encodePng } from '../../core/images/png.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';

const config = z.strictObject({
  text: z
    .record(z.string(), z.string())
    .default({})
    .describe('Texts written into every file by keyword, for example the recipe.'),
});

/**
 * Encodes each image as a PNG file: grey, RGB or RGBA by the number of channels (1, 3, 4). Source: Portable Network
 * Graphics, ISO/IEC 15948.
 * When: images are to be stored or sent without loss.
 */
export const png = definePlugin({
  role: Roles.postProcessor,
  name: 'png',
  summary: 'Encodes each image as a PNG file: grey, RGB or RGBA by the number of channels.',
  reference: 'Portable Network Graphics, ISO/IEC 15948',
  tags: { gives: 'files', when: 'pictures are kept or sent' },
  config,
  create: ({ config: { text } }) => ({
    async process(batch) {
      const images = expectPixels(batch, 'postProcessor/png');
      const files: ImageFile[] = [];
      for (let index = 0; index < images.shape[0]; index += 1) {
        files.push({ mediaType: 'image/png', bytes: await encodePng(images, index, text) });
      }
      return { kind: 'files', files };
    },
  }),
});
