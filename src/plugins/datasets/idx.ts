import { dirname } from 'node:path';
import { z } from 'zod';
import { DiffusionError, type DiffusionErrorDetails } from '../../core/errors/diffusion-error.js';
import type { ErrorCode } from '../../core/errors/error-codes.js';
import { readRegularFile } from '../../core/files/regular-file.js';
import { gunzip } from '../../core/images/compression.js';
import { whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { idxHeader } from './idx-format.js';
import { idxImages } from './idx-images.js';

/**
 * Images of MNIST-format (IDX) files, with `.gz` or without: MNIST, Fashion-MNIST, KMNIST, EMNIST … Node only; in a
 * browser hand fetched bytes to `idxImages`. The number of classes is the largest label plus 1. Source: LeCun, Cortes
 * & Burges, "The MNIST database": the IDX file format. When: the data are in MNIST-format files.
 */
export const idx = definePlugin({
  role: Roles.dataset,
  name: 'idx',
  summary: 'Images of MNIST-format (IDX) files, with .gz or without: MNIST, Fashion-MNIST, KMNIST, EMNIST.',
  reference: 'LeCun, Cortes & Burges, "The MNIST database": the IDX file format',
  tags: { data: 'images', labels: true, runs: 'Node', when: 'the data are in MNIST-format files' },
  config: z.strictObject({
    images: z.string().min(1).describe('Path of the file of images, for example train-images-idx3-ubyte.gz.'),
    labels: z.string().min(1).optional().describe('Path of the file of labels; without it examples have none.'),
    maxMegabytes: whole(65_536)
      .default(1024)
      .describe('Largest file, unpacked: a small .gz may hold any number of bytes.'),
  }),
  inject: { noise: Roles.noise },
  async create({ config, noise }) {
    const images = await readUnpacked(config.images, config.maxMegabytes);
    if (config.labels === undefined) {
      return idxImages({ images, names: { images: config.images, labels: '' } }, noise);
    }
    const labels = await readUnpacked(config.labels, config.maxMegabytes);
    return idxImages({ images, labels, names: { images: config.images, labels: config.labels } }, noise);
  },
});

async function readUnpacked(path: string, maxMegabytes: number): Promise<Uint8Array> {
  const maxBytes = maxMegabytes * 1024 ** 2;
  const bytes = await readRegularFile(path, { within: dirname(path), maxBytes }).catch((cause: unknown) => {
    throw blamed(cause, 'RXD_DATASET_INVALID', {
      problem: `the file ${path} cannot be read.`,
      fix: 'check the path; it is taken from the folder in which the program runs.',
    });
  });
  if (!path.endsWith('.gz')) return bytes;
  const most = (start: Uint8Array): number => {
    const { length } = idxHeader(start, path);
    if (length <= maxBytes) return length;
    throw tooLarge(path, `${(length / 1024 ** 2).toFixed(1)} MB by its header`, `at most ${maxMegabytes} MB`);
  };
  const refuse = (length: number): Error => tooLong(path, length);
  return gunzip(bytes, { most, refuse }).catch((cause: unknown) => {
    throw blamed(cause, 'RXD_FILE_CORRUPT', {
      problem: `${path} cannot be unpacked.`,
      expected: 'a whole gzip file',
      fix: 'fetch the file again, or drop the ending .gz if it is not packed.',
    });
  });
}

function blamed(cause: unknown, code: ErrorCode, details: DiffusionErrorDetails): DiffusionError {
  if (cause instanceof DiffusionError) return cause;
  return new DiffusionError(code, { ...details, plugin: 'dataset/idx', cause });
}

function tooLong(path: string, length: number): DiffusionError {
  return new DiffusionError('RXD_FILE_REFUSED', {
    problem: `${path} unpacks to more than its header says, and is not read to its end`,
    got: `more than ${length} bytes`,
    expected: `${length} bytes by its header`,
    fix: 'fetch the file again; check that it is the file that you mean',
    plugin: 'dataset/idx',
  });
}

function tooLarge(path: string, got: string, expected: string): DiffusionError {
  return new DiffusionError('RXD_FILE_REFUSED', {
    problem: `${path} unpacks to more than is read`,
    got,
    expected,
    fix: 'check that it is the file that you mean; `maxMegabytes` raises the limit',
    plugin: 'dataset/idx',
  });
}
