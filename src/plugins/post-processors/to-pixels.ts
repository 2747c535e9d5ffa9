import { z } from 'zod';
import { expectFloats } from '../../core/images/check-images.js';
import { toPixels as bytesOf } from '../../core/images/to-pixels.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';

const PLUGIN = 'postProcessor/to-pixels';

/**
 * Floats in [-1, 1] become bytes 0 … 255: halves are rounded up, values outside are clamped, NaN and infinity are
 * refused (`RXD_IMAGES_INVALID`). Source: this package, `toPixels`.
 * When: before png, gif, or a canvas.
 */
export const toPixels = definePlugin({
  role: Roles.postProcessor,
  name: 'to-pixels',
  summary: 'Floats in [-1, 1] become bytes 0 … 255.',
  reference: 'This package',
  tags: { gives: 'pixels', when: 'before png, gif, or a canvas' },
  config: z.strictObject({}),
  create: () => ({ process: (batch) => bytesOf(expectFloats(batch, PLUGIN), PLUGIN) }),
});
