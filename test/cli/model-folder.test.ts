import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NEVER } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeSafetensors } from 'rxdiffusion';
import { loadProgress } from '../../src/cli/load-progress.js';
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

describe('loading', () => {
  it('is told to machines in bytes, up to all of them, before the run begins', async () => {
    const place = ['--raw', join(folder, 'a.safetensors'), '--use', 'engine=tfjs-wasm', '--steps', '2'];
    const { lines } = await call('sample', FOLDER, '--json', ...place);
    const events = lines.map((line) => JSON.parse(line) as { kind: string; loaded: number; total: number });
    expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(['loading']));
    expect(events.at(-1)).toMatchObject({ model: FOLDER, loaded: events[0]?.total });
  });

  it.each([
    [true, /^\rload model 50% {2}1\.00 GB of 2\.00 GB.*\rload model 100% {2}2\.00 GB of 2\.00 GB.*\n$/s],
    [false, /^load model 50% {2}1\.00 GB of 2\.00 GB\n$/],
  ])('is told to people where it takes more than a moment, terminal %s', (isTerminal, expected) => {
    const said: string[] = [];
    vi.useFakeTimers({ toFake: ['performance'] });
    const tell = loadProgress(
      { line: expect.unreachable, status: (text) => void said.push(text), closed$: NEVER, isTerminal },
      { model: 'model', json: false },
    );
    tell({ loaded: 5e8, total: 2e9 });
    vi.advanceTimersByTime(5001);
    tell({ loaded: 1e9, total: 2e9 });
    tell({ loaded: 1.5e9, total: 2e9 });
    tell({ loaded: 2e9, total: 2e9 });
    vi.useRealTimers();
    expect(said.join('')).toMatch(expected);
  });
});
