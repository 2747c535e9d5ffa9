import type { Dataset } from '../../core/contracts/dataset.js';
import type { NoiseSource } from '../../core/contracts/noise-source.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { parseIdx, type IdxArray } from './idx-format.js';
import { shuffled } from './shuffled.js';

/** The bytes of IDX files, unpacked. */
export interface IdxFiles {
  /** `[count, height, width]` or `[count, height, width, channels]`. */
  readonly images: Uint8Array;
  /** `[count]`. */
  readonly labels?: Uint8Array;
  /** What the files are called, for errors. */
  readonly names?: { readonly images: string; readonly labels: string };
}

/**
 * A dataset of IDX files that are already in memory: bytes 0 … 255 become floats in [-1, 1]. Runs in a browser too.
 *
 * @throws DiffusionError `RXD_FILE_CORRUPT` if a file is truncated, `RXD_DATASET_INVALID` if the two do not belong
 * together or the images have no height and width.
 */
export function idxImages(files: IdxFiles, noise: NoiseSource): Dataset {
  const names = files.names ?? { images: 'images', labels: 'labels' };
  const images = parseIdx(files.images, names.images);
  const shape = imageShape(images, names.images);
  const length = shape.reduce((size, dimension) => size * dimension, 1);
  const write = (index: number, target: Float32Array): void => {
    for (let i = 0; i < length; i += 1) target[i] = (images.data[index * length + i] ?? 0) / 127.5 - 1;
  };
  const info = { name: 'idx', size: images.shape[0] ?? 0, shape };
  if (files.labels === undefined) return shuffled(info, { write }, noise);
  const labels = readLabels(parseIdx(files.labels, names.labels), info.size, names.labels);
  const classes = labels.reduce((most, label) => Math.max(most, label + 1), 0);
  return shuffled({ ...info, classes }, { labels, write }, noise);
}

function imageShape({ shape }: IdxArray, name: string): readonly number[] {
  const [count = 0, height = 0, width = 0, channels = 1] = shape;
  if (shape.length >= 3 && shape.length <= 4 && count * height * width * channels > 0) return [height, width, channels];
  throw invalid(name, `shape [${shape.join(', ')}]`, '[count, height, width] or [count, height, width, channels]');
}

function readLabels({ shape, data }: IdxArray, count: number, name: string): Int32Array {
  if (shape.length === 1 && shape[0] === count) return Int32Array.from(data);
  throw invalid(name, `labels of shape [${shape.join(', ')}]`, `[${count}], one for each image`);
}

function invalid(name: string, got: string, expected: string): DiffusionError {
  return new DiffusionError('RXD_DATASET_INVALID', {
    problem: `${name} does not hold what the dataset needs.`,
    got,
    expected,
    fix: 'check that `images` and `labels` name the files that belong together, in this order.',
    plugin: 'dataset/idx',
  });
}
