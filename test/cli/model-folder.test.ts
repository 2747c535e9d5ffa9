import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeSafetensors } from 'rxdiffusion';
import { call } from './recording-output.js';

const FOLDER = 'test/golden/unet2d/ddpm';
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'model-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function sampled(name: string, ...words: readonly string[]): Promise<Float32Array> {
  const place = ['--raw', join(folder, name), '--use', 'engine=tfjs-wasm', '--steps', '2'];
  expect((await call('sample', FOLDER, ...place, ...words)).status).toBe(0);
  const { tensors } = decodeSafetensors(await readFile(join(folder, name)), name);
  return tensors['samples']?.data as Float32Array;
}

describe('sample of a folder of diffusers', () => {
  it('makes one sample, with any sampler, the same by the same seed', async () => {
    const one = await sampled('a.safetensors', '--seed', '7');
    expect(one.length).toBe(8 * 8 * 3);
    expect(await sampled('b.safetensors', '--seed', '7')).toEqual(one);
    expect(await sampled('c.safetensors', '--seed', '7', '--use', 'sampler=dpmpp-2m')).not.toEqual(one);
  });

  it('refuses a prompt beside a condition', async () => {
    const { status, said } = await call('sample', FOLDER, '--prompt', 'a cat', '--condition', '1');
    expect(status).not.toBe(0);
    expect(said).toMatch(/--prompt and --condition both/);
  });
});
