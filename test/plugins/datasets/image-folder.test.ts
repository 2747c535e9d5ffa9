import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng } from '../../../src/core/images/png.js';
import { datasetLaws } from '../../../src/testing/dataset-laws.js';
import { loadSharp } from '../../../src/plugins/datasets/image-decoding.js';
import { imageFolder } from '../../../src/plugins/datasets/image-folder.js';
import { plainNoise } from './plain-noise.js';
import { dataIn, labelsIn } from '../../batch-parts.js';

const root = mkdtempSync(join(tmpdir(), 'rxd-folder-'));
afterAll(() => rmSync(root, { recursive: true }));

const open = (path: string, config: object = {}) =>
  imageFolder.create({
    config: imageFolder.config.parse({ path: join(root, path), size: [4, 6], ...config }),
    noise: plainNoise,
  });

function picture(seed: number, channels: 1 | 3 | 4 = 3): Promise<Uint8Array> {
  const data = Uint8Array.from({ length: 8 * 12 * channels }, (_, i) => (i * seed * 31 + seed * 7) % 256);
  return encodePng({ kind: 'pixels', shape: [1, 8, 12, channels], data });
}

beforeAll(async () => {
  for (const name of [
    'flat',
    'classes/b',
    'classes/a',
    'broken',
    'blank',
    'empty',
    'mixed/a',
    'hole/a',
    'hole/b',
    'sized',
  ]) {
    mkdirSync(join(root, name), { recursive: true });
  }
  const write = (name: string, bytes: Uint8Array | string) => writeFileSync(join(root, name), bytes);
  for (const seed of [1, 2, 3, 4, 5]) write(`flat/${seed}.png`, await picture(seed, seed === 3 ? 1 : 3));
  write(
    'flat/6.jpg',
    await sharp(await picture(6))
      .jpeg()
      .toBuffer(),
  );
  write('flat/notes.txt', 'not a picture');
  write('flat/.hidden.png', 'not a picture either');
  for (const seed of [7, 8, 9]) write(`classes/${seed === 7 ? 'b' : 'a'}/${seed}.png`, await picture(seed));
  write('broken/fine.png', await picture(1));
  write('broken/bad.png', (await picture(2)).subarray(0, 80));
  write('blank/blank.png', '');
  write('mixed/1.png', await picture(1));
  write('hole/a/1.png', await picture(1));
  const exact = Uint8Array.from({ length: 4 * 6 * 3 }, (_, i) => i * 3);
  write('sized/1.png', await encodePng({ kind: 'pixels', shape: [1, 4, 6, 3], data: exact }));
});

describe('image-folder', () => {
  it('keeps the laws in colour and grey', async () => {
    const colour = await open('flat');
    expect(colour.info).toEqual({ name: 'image-folder', size: 6, shape: [4, 6, 3] });
    await datasetLaws(colour, { batchSize: 2 });
    await datasetLaws(await open('flat', { channels: 1, fit: 'contain' }), { batchSize: 3 });
  });

  it('numbers sub-folders as classes by name', async () => {
    const dataset = await open('classes');
    expect(dataset.info).toMatchObject({ size: 3, classes: 2 });
    await datasetLaws(dataset, { batchSize: 3 });
    const batch = await dataset.batch({ seed: 0, epoch: 0, index: 0, size: 3 });
    expect([...labelsIn(batch)].toSorted((a, b) => a - b)).toEqual([0, 0, 1]);
  });

  it('gives the pixels of the file', async () => {
    const batch = await (await open('sized')).batch({ seed: 0, epoch: 0, index: 0, size: 1 });
    dataIn(batch).forEach((value, i) => expect((value + 1) * 127.5).toBeCloseTo(i * 3, 3));
  });

  it.each([
    ['broken', 'bad.png'],
    ['blank', 'blank.png'],
    ['empty', 'no picture'],
    ['mixed', 'beside sub-folders'],
    ['hole', join('hole', 'b')],
    ['nowhere', 'cannot be read'],
  ])('refuses the folder "%s", saying %s', async (path, words) => {
    const refused = open(path);
    await expect(refused).rejects.toMatchObject({ code: 'RXD_DATASET_INVALID', plugin: 'dataset/image-folder' });
    await expect(refused).rejects.toThrow(words);
  });

  it('says how to install sharp where it is missing', async () => {
    const missing = loadSharp(() => Promise.reject(new Error("Cannot find package 'sharp'")));
    await expect(missing).rejects.toMatchObject({ code: 'RXD_DEPENDENCY_MISSING', fix: 'npm install sharp' });
  });
});
