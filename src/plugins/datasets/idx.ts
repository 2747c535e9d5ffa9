import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { gunzip } from '../../core/images/compression.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { idxImages } from './idx-images.js';

/**
 * Images of MNIST-format (IDX) files, with `.gz` or without: MNIST, Fashion-MNIST, KMNIST, EMNIST … Node only; in a
 * browser hand fetched bytes to `idxImages`. The number of classes is the largest label plus 1.
 */
export const idx = definePlugin({
  role: Roles.dataset,
  name: 'idx',
  config: z.strictObject({
    images: z.string().min(1).describe('Path of the file of images, for example train-images-idx3-ubyte.gz.'),
    labels: z.string().min(1).optional().describe('Path of the file of labels; without it examples have none.'),
  }),
  inject: { noise: Roles.noise },
  async create({ config, noise }) {
    const images = await readUnpacked(config.images);
    if (config.labels === undefined) {
      return idxImages({ images, names: { images: config.images, labels: '' } }, noise);
    }
    const labels = await readUnpacked(config.labels);
    return idxImages({ images, labels, names: { images: config.images, labels: config.labels } }, noise);
  },
});

async function readUnpacked(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new DiffusionError('RXD_DATASET_INVALID', {
      problem: `the file ${path} cannot be read.`,
      fix: 'check the path; it is taken from the folder in which the program runs.',
      plugin: 'dataset/idx',
      cause,
    });
  });
  if (!path.endsWith('.gz')) return bytes;
  return gunzip(bytes).catch((cause: unknown) => {
    throw new DiffusionError('RXD_FILE_CORRUPT', {
      problem: `${path} cannot be unpacked.`,
      expected: 'a whole gzip file',
      fix: 'fetch the file again, or drop the ending .gz if it is not packed.',
      plugin: 'dataset/idx',
      cause,
    });
  });
}
