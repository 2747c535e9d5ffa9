import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeSafetensors } from 'rxdiffusion';
import { encodePng } from 'rxdiffusion/images';
import { readImage } from 'rxdiffusion/node';
import { numberOrList } from '../../src/cli/pictures.js';
import { call } from './recording-output.js';

const FOLDER = 'test/golden/unet2d/ddpm';
let folder: string;
let image: string;
let mask: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pictures-'));
  [image, mask] = [join(folder, 'image.png'), join(folder, 'mask.png')];
  const [height, width] = [12, 10];
  const data = Uint8Array.from({ length: height * width * 3 }, () => 200);
  await writeFile(image, await encodePng({ kind: 'pixels', shape: [1, height, width, 3], data }));
  // White in the right half.
  const shown = Uint8Array.from({ length: 64 }, (_, at) => (at % 8 < 4 ? 0 : 255));
  await writeFile(mask, await encodePng({ kind: 'pixels', shape: [1, 8, 8, 1], data: shown }));
});
afterEach(() => rm(folder, { recursive: true }));

async function sampled(...words: readonly string[]) {
  const place = join(folder, 'raw.safetensors');
  const { status, said } = await call('sample', FOLDER, '--raw', place, '--use', 'engine=tfjs-wasm', ...words);
  if (status !== 0) throw new Error(said);
  const { tensors } = decodeSafetensors(await readFile(place), place);
  return tensors['samples'] as { readonly shape: readonly number[]; readonly data: Float32Array };
}

describe('pictures on the command line', () => {
  it('start a run, in their own size as far as the network takes it', async () => {
    const { shape, data } = await sampled('--image', image, '--strength', '0.001', '--steps', '1000');
    expect(shape).toEqual([1, 12, 10, 3]);
    data.forEach((value) => expect(Math.abs(value - (200 / 127.5 - 1))).toBeLessThan(0.4));
  });

  it('are resized to what is asked for, and kept where a mask is black', async () => {
    const size = ['--height', '8', '--width', '8', '--steps', '2'];
    const { shape, data } = await sampled('--image', image, '--mask', mask, ...size);
    expect(shape).toEqual([1, 8, 8, 3]);
    const kept = [...data].filter((_, at) => Math.floor(at / 3) % 8 < 4);
    kept.forEach((value) => expect(value).toBeCloseTo(200 / 127.5 - 1, 5));
  });

  it.each([
    ['--mask', /--mask says what is made anew/],
    ['--strength', /--strength says how much/],
  ])('refuse %s without an image', async (flag, message) => {
    await expect(sampled(flag, flag === '--mask' ? mask : '0.5', '--steps', '1')).rejects.toThrow(message);
  });

  it('refuse what is no picture', async () => {
    await writeFile(image, 'no picture');
    await expect(sampled('--image', image, '--steps', '1')).rejects.toThrow(/cannot be decoded/);
  });

  it('say one number for each control network', () => {
    expect(numberOrList('0.5')).toBe(0.5);
    expect(numberOrList('0.5, 1')).toEqual([0.5, 1]);
    expect(() => numberOrList('much')).toThrow(/Give a number/);
  });
});

describe('readImage', () => {
  it('gives an image in [-1, 1], in its own size or another, grey where asked', async () => {
    const own = await readImage(image);
    expect(own.shape).toEqual([1, 12, 10, 3]);
    expect(own.data[0]).toBeCloseTo(200 / 127.5 - 1, 6);
    expect((await readImage(image, { multipleOf: [8, 8] })).shape).toEqual([1, 8, 8, 3]);
    expect((await readImage(mask, { size: [4, 6], channels: 1 })).shape).toEqual([1, 4, 6, 1]);
  });
});
