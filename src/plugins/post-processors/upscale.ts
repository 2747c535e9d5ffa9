import { z } from 'zod';
import { MOST, positive, whole } from '../../core/assembly/config-numbers.js';
import { expectRaster } from '../../core/images/check-images.js';
import { resizeImages } from '../../core/images/resize.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';

const SIDE = whole(MOST.side);

const config = z
  .strictObject({
    factor: positive(64).optional().describe('Height and width are multiplied by this and rounded.'),
    height: SIDE.optional().describe('New height in pixels; the width follows where it is not given.'),
    width: SIDE.optional().describe('New width in pixels; the height follows where it is not given.'),
    method: z
      .enum(['nearest', 'bilinear', 'bicubic', 'lanczos'])
      .default('bicubic')
      .describe('Filter: bicubic is Catmull-Rom (a = -0.5), lanczos has 3 lobes.'),
  })
  .refine(({ factor, height, width }) => (factor === undefined) !== (height === undefined && width === undefined), {
    error: 'give either `factor`, or `height` and/or `width`',
  });

/**
 * Enlarges floats or pixels, or shrinks them with antialiasing; see `resizeImages` for the exact sampling. Source: Keys
 * 1981, "Cubic Convolution Interpolation"; Duchon 1979, "Lanczos Filtering in One and Two Dimensions".
 * When: samples are small and a person looks at them.
 */
export const upscale = definePlugin({
  role: Roles.postProcessor,
  name: 'upscale',
  summary: 'Enlarges or shrinks images, with antialias.',
  reference: 'Keys 1981, "Cubic convolution interpolation"; Duchon 1979, "Lanczos filtering in one and two dimensions"',
  tags: { gives: 'images', when: 'samples are small and a person looks at them' },
  config,
  create: ({ config }) => ({
    process(batch) {
      const images = expectRaster(batch, 'postProcessor/upscale');
      return resizeImages(images, { ...sizeOf(config, images.shape), method: config.method });
    },
  }),
});

function sizeOf(
  { factor, height, width }: z.output<typeof config>,
  [, oldHeight, oldWidth]: readonly [number, number, number, number],
): { height: number; width: number } {
  const down = factor ?? (height ?? (oldHeight * (width ?? 1)) / oldWidth) / oldHeight;
  const across = factor ?? (width ?? (oldWidth * (height ?? 1)) / oldHeight) / oldWidth;
  return { height: Math.max(1, Math.round(oldHeight * down)), width: Math.max(1, Math.round(oldWidth * across)) };
}
