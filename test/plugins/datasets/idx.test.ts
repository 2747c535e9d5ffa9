import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { datasetLaws } from '../../../src/testing/dataset-laws.js';
import { parseIdx } from '../../../src/plugins/datasets/idx-format.js';
import { idxImages } from '../../../src/plugins/datasets/idx-images.js';
import { idx } from '../../../src/plugins/datasets/idx.js';
import { plainNoise } from './plain-noise.js';
import { dataIn, labelsIn } from '../../batch-parts.js';

const folder = mkdtempSync(join(tmpdir(), 'rxd-idx-'));
afterAll(() => rmSync(folder, { recursive: true }));

function idxBytes(shape: readonly number[], value: (i: number) => number, type = 8): Uint8Array {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  const bytes = new Uint8Array(4 + 4 * shape.length + size);
  bytes.set([0, 0, type, shape.length]);
  shape.forEach((dimension, i) => new DataView(bytes.buffer).setUint32(4 + 4 * i, dimension));
  for (let i = 0; i < size; i += 1) bytes[4 + 4 * shape.length + i] = value(i);
  return bytes;
}

function file(name: string, bytes: Uint8Array): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

const images = idxBytes([30, 4, 5], (i) => (i * i) % 256);
const labels = idxBytes([30], (i) => i % 7);
const open = (config: object) => idx.create({ config: idx.config.parse(config), noise: plainNoise });

describe('parseIdx', () => {
  it('reads shape and data, also from the middle of a buffer', () => {
    const bytes = idxBytes([2, 3], (i) => i + 1);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(parseIdx(shifted.subarray(3))).toEqual({ shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
  });

  it('refuses every truncation and every longer file', () => {
    const corrupt = expect.objectContaining({ code: 'RXD_FILE_CORRUPT' }) as Error;
    for (let length = 0; length < images.length; length += 1) {
      expect(() => parseIdx(images.subarray(0, length))).toThrow(corrupt);
    }
    expect(() => parseIdx(Uint8Array.of(...images, 0))).toThrow(corrupt);
  });

  it.each([
    ['another magic', Uint8Array.of(0x1f, 0x8b, 8, 0)],
    ['no dimension', Uint8Array.of(0, 0, 8, 0, 5)],
    ['no dimensions', Uint8Array.of(0, 0, 8, 0)],
    ['huge sizes', Uint8Array.of(0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255)],
  ])('refuses %s', (_, bytes) => {
    expect(() => parseIdx(bytes, 'x.idx')).toThrow(/RXD_FILE_CORRUPT.*x\.idx/);
  });
});

describe('IDX of other numbers', () => {
  it.each([0x09, 0x0b, 0x0c, 0x0d, 0x0e])('says of type %i that it is not read, and not that it is broken', (type) => {
    expect(() =>
      parseIdx(
        idxBytes([1], () => 0, type),
        'x.idx',
      ),
    ).toThrow(/RXD_FORMAT_UNSUPPORTED.*x\.idx/);
  });
});

describe('IDX of more dimensions than are read', () => {
  it('is not called broken', () => {
    const nine = idxBytes(Array<number>(9).fill(1), () => 0);
    expect(() => parseIdx(nine, 'x.idx')).toThrow(/RXD_FORMAT_UNSUPPORTED.*x\.idx/);
  });
});

describe('idx', () => {
  it('keeps the laws, packed or not, with labels or without', async () => {
    const packed = { images: file('i.gz', gzipSync(images)), labels: file('l.gz', gzipSync(labels)) };
    const dataset = await open(packed);
    expect(dataset.info).toEqual({ name: 'idx', size: 30, shape: [4, 5, 1], classes: 7 });
    await datasetLaws(dataset, { batchSize: 6 });
    await datasetLaws(await open({ images: file('i', images) }), { batchSize: 6 });
  });

  it('turns bytes into [-1, 1] with their labels', async () => {
    const two = { images: idxBytes([2, 1, 2], (i) => i * 85), labels: idxBytes([2], (i) => i) };
    const batch = await idxImages(two, plainNoise).batch({ seed: 0, epoch: 0, index: 0, size: 2 });
    const first = labelsIn(batch).indexOf(0);
    expect(dataIn(batch)[2 * first]).toBe(-1);
    expect(dataIn(batch)[2 * first + 1]).toBeCloseTo(-1 / 3, 6);
    expect(dataIn(batch)[2 * (1 - first) + 1]).toBe(1);
  });

  it('names what is wrong with files', async () => {
    const good = file('good', images);
    await expect(open({ images: join(folder, 'none') })).rejects.toMatchObject({ code: 'RXD_DATASET_INVALID' });
    await expect(open({ images: file('short', images.subarray(0, 99)) })).rejects.toThrow(/RXD_FILE_CORRUPT.*short/);
    const half = gzipSync(images).subarray(0, 60);
    await expect(open({ images: file('half.gz', half) })).rejects.toThrow(/RXD_FILE_CORRUPT.*half\.gz/);
    await expect(open({ images: file('flat', labels) })).rejects.toMatchObject({ code: 'RXD_DATASET_INVALID' });
    const fewer = file(
      'fewer',
      idxBytes([29], () => 0),
    );
    await expect(open({ images: good, labels: fewer })).rejects.toThrow(/RXD_DATASET_INVALID[^]*fewer[^]*\[29\]/);
  });
});
