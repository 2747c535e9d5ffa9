import { definePlugin, Roles, slot, type Batch, type Dataset } from 'rxdiffusion';
import { z } from 'zod';

/** The names of the digits. */
export const NAMES = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'] as const;

/** All words of the captions. */
export const VOCABULARY = ['a', 'the', 'digit', 'light', 'dark', ...NAMES];

/**
 * Digits as 64 numbers, light on dark ground or dark on light ground. The caption of each says which digit it is ("a seven",
 * "the digit seven") or how it is drawn ("a dark digit"), and never both. The images come from the slot dataset:images.
 */
export const captionedDigits = definePlugin({
  role: Roles.dataset,
  name: 'captioned-digits',
  config: z.strictObject({}),
  inject: { images: slot(Roles.dataset, 'images') },
  create: ({ images }): Dataset => ({
    info: {
      name: 'captioned-digits',
      size: images.info.size,
      shape: [64],
      columns: { data: { kind: 'numbers', dtype: 'float32', shape: [64] }, caption: { kind: 'text' } },
    },
    batch: async (request) => captioned(await images.batch(request), request.epoch),
  }),
});

function captioned({ count, columns: { data, label } }: Batch, epoch: number): Batch {
  if (data?.kind !== 'numbers' || label?.kind !== 'numbers')
    throw new Error('the slot dataset:images holds no labelled images');
  // Rows of a batch come in another order in each epoch.
  const isDark = (row: number): boolean => (row + epoch) % 2 === 1;
  const caption = (digit: number, row: number): string => {
    if (Math.floor(row / 2) % 3 === 0) return isDark(row) ? 'a dark digit' : 'a light digit';
    return Math.floor(row / 2) % 3 === 1 ? `a ${NAMES[digit]}` : `the digit ${NAMES[digit]}`;
  };
  const drawn = Float32Array.from(data.data, (value, at) => (isDark(Math.floor(at / 64)) ? -value : value));
  return {
    count,
    columns: {
      data: { ...data, data: drawn, shape: [count, 64] },
      caption: { kind: 'text', values: Array.from(label.data, caption) },
    },
  };
}
