import { z } from 'zod';
import { whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { decodeImages } from './image-decoding.js';
import { listImages } from './image-listing.js';
import { shuffled } from './shuffled.js';

const SIDE = whole(4096);

/**
 * A folder of images (PNG, JPEG, WebP, GIF, AVIF, TIFF), read and resized when the pipeline is assembled and kept as
 * bytes. Where the folder holds sub-folders, each is a class, numbered in the order of their names. Node only; needs
 * the optional package `sharp` (`RXD_DEPENDENCY_MISSING` without it). A file that cannot be decoded is
 * `RXD_DATASET_INVALID`, which names it. Source: this package; sharp decodes.
 * When: the data are image files.
 */
export const imageFolder = definePlugin({
  role: Roles.dataset,
  name: 'image-folder',
  summary: 'A folder of pictures, read and resized when the pipeline is assembled; sub-folders are classes.',
  reference: 'This package; pictures are decoded by sharp',
  tags: { data: 'images', labels: true, runs: 'Node', when: 'the data are picture files' },
  config: z.strictObject({
    path: z.string().min(1).describe('The folder of pictures, or of one sub-folder of pictures a class.'),
    size: z.tuple([SIDE, SIDE]).describe('Height and width of the examples in pixels.'),
    channels: z
      .union([z.literal(1), z.literal(3)])
      .default(3)
      .describe('1 for grey, 3 for RGB.'),
    fit: z
      .enum(['cover', 'contain', 'fill'])
      .default('cover')
      .describe('Cut the edges off (cover), leave black bars (contain), or stretch (fill).'),
    maxPixels: whole(2 ** 32)
      .default(2 ** 26)
      .describe('Most pixels of a picture as it is in its file: a small file may hold any number of them.'),
  }),
  inject: { noise: Roles.noise },
  async create({ config, noise }) {
    const { files, labels, classes } = await listImages(config.path);
    const bytes = await decodeImages(files, config.path, config);
    const shape = [...config.size, config.channels];
    const length = shape.reduce((size, dimension) => size * dimension, 1);
    const write = (index: number, target: Float32Array): void => {
      for (let i = 0; i < length; i += 1) target[i] = (bytes[index * length + i] ?? 0) / 127.5 - 1;
    };
    const info = { name: 'image-folder', size: files.length, shape };
    if (labels === undefined) return shuffled(info, { write }, noise);
    return shuffled({ ...info, classes }, { labels, write }, noise);
  },
});
