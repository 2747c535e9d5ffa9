import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NEVER } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from 'rxdiffusion';
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

describe('sample with --lora', () => {
  const model = 'test/golden/pipelines/lcm';
  const layer = 'mid_block.attentions.0.transformer_blocks.0.attn1.to_v';
  const file = async (): Promise<string> => {
    const { tensors } = decodeSafetensors(await readFile(`${model}/unet/diffusion_pytorch_model.safetensors`), 'unet');
    const [out = 1, width = 1] = tensors[`${layer}.weight`]?.shape ?? [];
    const numbers = (shape: readonly number[]) => {
      const data = Float32Array.from({ length: (shape[0] ?? 1) * (shape[1] ?? 1) }, (_, i) => Math.sin(i));
      return { dtype: 'float32', shape, data } as const;
    };
    const lora = {
      [`unet.${layer}.lora_A.weight`]: numbers([2, width]),
      [`unet.${layer}.lora_B.weight`]: numbers([out, 2]),
    };
    await writeFile(join(folder, 'a=b.safetensors'), encodeSafetensors({ tensors: lora, metadata: {} }));
    return join(folder, 'a=b.safetensors');
  };
  const made = async (...words: readonly string[]): Promise<Float32Array> => {
    const place = ['--raw', join(folder, 'out.safetensors'), '--use', 'engine=tfjs-cpu', '--steps', '1'];
    const size = ['--height', '8', '--width', '8', '--prompt', 'a dog'];
    expect(await call('sample', model, ...place, ...size, ...words)).toMatchObject({ status: 0 });
    const { tensors } = decodeSafetensors(await readFile(join(folder, 'out.safetensors')), 'out');
    return tensors['samples']?.data as Float32Array;
  };

  it('changes the model by each file at its scale', async () => {
    const lora = await file();
    const [plain, none, one] = [await made(), await made('--lora', `${lora}=0`), await made('--lora', lora)];
    expect(none).toEqual(plain);
    expect(one).not.toEqual(plain);
    const both = await made('--lora', `${lora}=0.5`, '--lora', `${lora}=0.5`);
    both.forEach((value, i) => expect(value).toBeCloseTo(one[i] ?? Number.NaN, 4));
    expect(await made('--lora', lora, '--set', 'adapter:lora.scale=0')).toEqual(plain);
  });

  it('refuses what is no LoRA', async () => {
    const { status, said } = await call('sample', model, '--lora', `${model}/unet/diffusion_pytorch_model.safetensors`);
    expect(status).not.toBe(0);
    expect(said).toMatch(/RXD_FORMAT_UNSUPPORTED.*a LoRA/s);
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
