import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors } from 'rxdiffusion';
import { call } from './recording-output.js';

const FOLDER = 'test/golden/single-files/sd2';
const FILE = `${FOLDER}/sd2.safetensors`;
let place: string;

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'file-'));
});
afterAll(() => rm(place, { recursive: true }));

async function sampled(model: string, ...words: readonly string[]): Promise<unknown> {
  const raw = join(place, 'raw.safetensors');
  const asked = ['--raw', raw, '--use', 'engine=tfjs-wasm', '--steps', '1', '--prompt', 'a cat', ...words];
  expect(await call('sample', model, ...asked)).toMatchObject({ status: 0 });
  return decodeSafetensors(await readFile(raw), raw).tensors['samples'];
}

describe('one file of a whole model', () => {
  it('is sampled from, and exported as a folder that samples the same', async () => {
    const folder = join(place, 'folder');
    const { status, lines } = await call('export', FILE, '--config', FOLDER, '--out', folder);
    expect([status, lines]).toEqual([0, [`${folder}: a StableDiffusionPipeline, float32`]]);
    expect(await sampled(folder)).toEqual(await sampled(FILE, '--config', FOLDER));
  });

  it('says what it lacks by flags, and where it may go', async () => {
    expect((await call('sample', FILE, '--prompt', 'a cat')).said).toMatch(/no tokenizer.*`--tokenizer`.*`--config`/s);
    const words = ['export', FILE, '--config', FOLDER];
    expect((await call(...words)).said).toMatch(/RXD_REQUEST_INVALID.*no --out/s);
    expect((await call(...words, '--out', join(place, 'a.safetensors'))).said).toContain('the name of a new folder');
  });

  it('that is a pickle is refused by name', async () => {
    const pickle = join(place, 'model.ckpt');
    await writeFile(pickle, Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0));
    const { status, said } = await call('sample', pickle, '--prompt', 'a cat');
    expect([status, said]).toEqual([1, expect.stringMatching(/RXD_FORMAT_UNSUPPORTED.*a pickle of PyTorch/s)]);
  });
});
