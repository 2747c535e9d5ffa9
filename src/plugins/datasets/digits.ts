import { z } from 'zod';
import { whole } from '../../core/assembly/config-numbers.js';
import type { DatasetInfo } from '../../core/contracts/dataset.js';
import { gunzip } from '../../core/images/compression.js';
import { resizeImages } from '../../core/images/resize.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { DIGITS_GZIP_BASE64 } from './digits-data.js';
import { shuffled } from './shuffled.js';

const SIDE = 8;
const CLASSES = 10;
const RECORD = SIDE * SIDE + 1;

const config = z
  .strictObject({
    holdOut: whole(1000, 0)
      .default(0)
      .describe('Images kept out of `train`: as many of each digit as possible, the same for every seed.'),
    split: z
      .enum(['train', 'held-out', 'all'])
      .default('train')
      .describe('Which images to serve: all but those held out, only those, or all.'),
    size: z
      .union([z.literal(8), z.literal(16), z.literal(32)])
      .default(8)
      .describe('Height and width in pixels; above 8 the images are enlarged (bicubic, clamped to [-1, 1]).'),
  })
  .refine(({ holdOut, split }) => split !== 'held-out' || holdOut > 0, {
    error: 'the split "held-out" is empty unless `holdOut` says how many',
    path: ['holdOut'],
  });

/** Which of the digits to load. */
export interface DigitsConfig {
  /** Images kept out of `train`: as many of each digit as possible. */
  readonly holdOut: number;
  /** Which images to serve: all but those held out, only those, or all. */
  readonly split: 'train' | 'held-out' | 'all';
  /** Height and width in pixels. */
  readonly size: 8 | 16 | 32;
}

/** Images as rows of floats with their labels. */
export interface LabelledImages {
  /** `count * size * size` floats in [-1, 1]. */
  readonly data: Float32Array;
  /** `[count, size, size, 1]`. */
  readonly shape: readonly [number, number, number, number];
  /** `count` digits 0 … 9. */
  readonly labels: Int32Array;
}

/** Where the digits come from; keep it wherever they go. */
export const DIGITS_ATTRIBUTION =
  'UCI Machine Learning Repository, "Optical Recognition of Handwritten Digits" (E. Alpaydin, C. Kaynak, 1998), ' +
  'the copy that scikit-learn ships; Creative Commons Attribution 4.0.';

/**
 * The built-in real data: 1,500 handwritten digits of 8 x 8 pixels, about 150 of each, labelled 0 … 9. Source: Alpaydin
 * & Kaynak 1998, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, CC BY 4.0.
 * When: examples and first tries, which need no files.
 */
export const digits = definePlugin({
  role: Roles.dataset,
  name: 'digits',
  summary: 'The built-in real data: 1,500 handwritten digits of 8 x 8 pixels with their labels.',
  reference: 'Alpaydin & Kaynak 1998, UCI Machine Learning Repository, CC BY 4.0',
  tags: { data: 'images', labels: true, when: 'examples and first tries: it needs no files' },
  config,
  inject: { noise: Roles.noise },
  async create({ config, noise }) {
    const { data, shape, labels } = await loadDigits(config);
    const [size, height, width] = shape;
    const length = height * width;
    const info: DatasetInfo = {
      name: 'digits',
      size,
      shape: [height, width, 1],
      classes: CLASSES,
      attribution: DIGITS_ATTRIBUTION,
    };
    const write = (index: number, target: Float32Array): void =>
      target.set(data.subarray(index * length, (index + 1) * length));
    return shuffled(info, { labels, write }, noise);
  },
});

/** The digits in the order of their source, for measuring: nearest neighbours, classifiers. */
export async function loadDigits(options: Partial<DigitsConfig> = {}): Promise<LabelledImages> {
  const { holdOut, split, size } = config.parse(options);
  const records = await gunzip(Uint8Array.from(atob(DIGITS_GZIP_BASE64), (letter) => letter.charCodeAt(0)));
  const all = Int32Array.from({ length: records.length / RECORD }, (_, i) => records[i * RECORD + RECORD - 1] ?? 0);
  const held = heldOut(all, holdOut);
  const chosen = [...all.keys()].filter((i) => split === 'all' || held.has(i) === (split === 'held-out'));
  const data = new Float32Array(chosen.length * SIDE * SIDE);
  chosen.forEach((record, i) => {
    for (let p = 0; p < SIDE * SIDE; p += 1) data[i * SIDE * SIDE + p] = (records[record * RECORD + p] ?? 0) / 8 - 1;
  });
  const labels = Int32Array.from(chosen, (record) => all[record] ?? 0);
  return { data: enlarged(data, size), shape: [chosen.length, size, size, 1], labels };
}

/** Takes images at even distances within each class, since neighbours in the file share their writer. */
function heldOut(labels: Int32Array, count: number): Set<number> {
  const held = new Set<number>();
  for (let digit = 0; digit < CLASSES; digit += 1) {
    const members = [...labels.keys()].filter((i) => labels[i] === digit);
    const quota = Math.floor(count / CLASSES) + (digit < count % CLASSES ? 1 : 0);
    for (let i = 0; i < quota; i += 1) held.add(members[Math.floor(((i + 0.5) * members.length) / quota)] ?? 0);
  }
  return held;
}

function enlarged(data: Float32Array, size: number): Float32Array {
  if (size === SIDE) return data;
  const shape = [data.length / (SIDE * SIDE), SIDE, SIDE, 1] as const;
  const images = resizeImages({ kind: 'float', shape, data }, { height: size, width: size, method: 'bicubic' });
  return images.data.map((value) => Math.min(1, Math.max(-1, value)));
}
