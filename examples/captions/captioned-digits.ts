import { definePlugin, Roles, slot, type Batch, type Dataset } from 'rxdiffusion';
import { z } from 'zod';

/** The names of the digits. */
export const NAMES = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'] as const;

/** All words of the captions. */
export const VOCABULARY = ['a', 'the', 'digit', ...NAMES];

/** Digits as 64 numbers, each with a caption: "a seven", "the digit seven". The images come from the slot dataset:images. */
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
  const caption = (digit: number, row: number): string =>
    (row + epoch) % 2 === 0 ? `a ${NAMES[digit]}` : `the digit ${NAMES[digit]}`;
  return {
    count,
    columns: {
      data: { ...data, shape: [count, 64] },
      caption: { kind: 'text', values: Array.from(label.data, caption) },
    },
  };
}
