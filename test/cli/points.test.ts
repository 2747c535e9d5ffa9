import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeCheckpoint, decodeSafetensors, loadNewest } from 'rxdiffusion';
import { folderStore } from 'rxdiffusion/node';
import { runProcess, runUnread, type Ended } from './program-process.js';
import { call } from './recording-output.js';

/** The smallest network there is, without labels: two numbers a sample. */
const recipe = {
  format: 1,
  preset: 'ddpm',
  plugins: {
    engine: 'tfjs-cpu',
    dataset: { name: 'two-moons', config: { size: 64 } },
    denoiser: { name: 'mlp', config: { width: 8, blocks: 1 } },
    sampler: 'ddim',
  },
  train: { steps: 3, batchSize: 8 },
};

let folder = '';
const path = (...names: string[]): string => join(folder, ...names);
const inFolder = (words: readonly string[]): Promise<Ended> => runProcess(folder, words);
const jsonOf = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rxd-points-'));
  await writeFile(path('recipe.json'), JSON.stringify(recipe));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a process of the command line', () => {
  it('train --json writes nothing but JSON lines to stdout, and checkpoints to `out` unless told', async () => {
    const { status, stdout } = await inFolder(['train', 'recipe.json', '--json', '--seed', '7']);
    expect(status).toBe(0);
    expect(jsonOf(stdout).map(({ kind, step }) => `${String(kind)} ${String(step)}`)).toEqual([
      'start 0',
      'step 1',
      'step 2',
      'step 3',
      'checkpoint 3',
      'end 3',
    ]);
    const { checkpoint } = (await loadNewest(folderStore(path('out')))) ?? {};
    expect(checkpoint?.recipe.train).toMatchObject({ steps: 3, batchSize: 8, seed: 7 });
  });

  it('sample --json writes the steps as JSON lines to stdout, and progress goes nowhere', async () => {
    await call('train', path('recipe.json'), '--out', path('run'));
    const words = ['--json', '--count', '2', '--steps', '3', '--raw', 'raw.safetensors'];
    const { status, stdout, stderr } = await inFolder(['sample', 'run/checkpoint-00000003.safetensors', ...words]);
    expect(status).toBe(0);
    const kinds = jsonOf(stdout).map(({ kind }) => kind);
    expect(kinds[0]).toBe('loading');
    expect(kinds.filter((kind) => kind !== 'loading')).toEqual(['start', 'step', 'step', 'step', 'end']);
    expect(stderr).not.toContain('it/s');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends training with status %i and a checkpoint to resume', async (signal, expected) => {
    let stdout = '';
    const words = ['train', 'recipe.json', '--json', '--out', 'run', '--steps', '100000'];
    const { status, stderr } = await runProcess(folder, words, (child) =>
      child.stdout?.on('data', (chunk) => {
        const seen = stdout.includes('"step":5,');
        stdout += String(chunk);
        if (!seen && stdout.includes('"step":5,')) child.kill(signal);
      }),
    );
    expect(status).toBe(expected);
    expect(stderr).toContain('stopping after this update');
    const events = jsonOf(stdout);
    const { step = 0 } = (await loadNewest(folderStore(path('run'))))?.checkpoint ?? {};
    expect(step).toBeGreaterThanOrEqual(5);
    expect(events.slice(-2)).toMatchObject([
      { kind: 'checkpoint', step },
      { kind: 'end', step },
    ]);
    const more = ['--out', 'run', '--steps', String(step + 2), '--resume', '--json'];
    const resumed = await inFolder(['train', 'recipe.json', ...more]);
    expect(resumed.status).toBe(0);
    expect(jsonOf(resumed.stdout)[0]).toMatchObject({ kind: 'start', step });
  });

  it.each([
    ['training', ['train', 'recipe.json', '--json', '--out', 'run', '--steps', '100000']],
    [
      'sampling',
      ['sample', 'one/checkpoint-00000003.safetensors', '--json', '--steps', '999', '--raw', 'a.safetensors'],
    ],
  ])('ends %s in order when nobody reads any more', async (_, words) => {
    await call('train', path('recipe.json'), '--out', path('one'), '--use', 'observer=[]');
    const { status, stderr } = await runUnread(folder, words);
    expect([status, stderr]).toEqual([141, '']);
    const trained = words[0] === 'train';
    const { step = 0 } = trained ? ((await loadNewest(folderStore(path('run'))))?.checkpoint ?? {}) : {};
    expect(step > 0).toBe(trained);
    expect(await readdir(folder)).not.toContain('a.safetensors');
  });

  it('says on stderr what went wrong, and nothing on stdout', async () => {
    const { status, stdout, stderr } = await inFolder(['train', 'missing.json']);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^RXD_STORE_READ: cannot read missing.json/);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

describe('train', () => {
  it('fills slots as --use says, the store and the observer too', async () => {
    const use = ['--use', 'store=memory', '--use', 'average={"name":"ema","config":{"decay":0.5}}'];
    const { status, lines } = await call('train', path('recipe.json'), ...use, '--use', 'observer=[]');
    expect([status, lines]).toEqual([0, ['3 updates, checkpoint in {"name":"memory","config":{}}']]);
    expect(await readdir(folder)).toEqual(['recipe.json']);
  });

  it('starts from the recipe of a checkpoint', async () => {
    await call('train', path('recipe.json'), '--out', path('one'), '--seed', '4');
    const [name = ''] = await readdir(path('one'));
    const { status } = await call('train', path('one', name), '--out', path('two'), '--batch-size', '16');
    expect(status).toBe(0);
    const { recipe: again } = await decodeCheckpoint(await readFile(path('two', name)));
    expect(again.train).toMatchObject({ steps: 3, seed: 4, batchSize: 16 });
  });

  it('gives equal files for equal words', async () => {
    for (const out of ['one', 'two'])
      await call('train', path('recipe.json'), '--out', path(out), '--use', 'observer=[]');
    const tensorsIn = async (out: string) => {
      const {
        recipe: _,
        run: __,
        ...rest
      } = await decodeCheckpoint(await readFile(path(out, 'checkpoint-00000003.safetensors')));
      return rest;
    };
    expect(await tensorsIn('one')).toEqual(await tensorsIn('two'));
  });
});

describe('sample, with a second network', () => {
  it('takes its weights from a file', async () => {
    for (const [out, seed] of [
      ['strong', '1'],
      ['weak', '2'],
    ] as const)
      await call('train', path('recipe.json'), '--out', path(out), '--seed', seed, '--use', 'observer=[]');
    const [strong, weak] = ['strong', 'weak'].map((out) => path(out, 'checkpoint-00000003.safetensors'));
    const network = JSON.stringify(recipe.plugins.denoiser);
    const words = ['--use', `denoiser:weak=${network}`, '--use', 'guidance=autoguidance', '--set', 'guidance.scale=3'];
    const sampled = async (file: string | undefined): Promise<unknown> => {
      const raw = path('raw.safetensors');
      const weights = ['--weights', `denoiser:weak=${file}`, '--count', '2', '--steps', '2', '--raw', raw];
      const { status, said } = await call('sample', strong ?? '', ...words, ...weights);
      expect([status, said]).toEqual([0, expect.anything()]);
      return decodeSafetensors(await readFile(raw)).tensors['samples']?.data;
    };
    expect(await sampled(strong)).not.toEqual(await sampled(weak));
  });
});

describe('sample, of points without labels', () => {
  it('writes the format that the name of the picture says', async () => {
    const file = await checkpoint();
    const { status } = await call('sample', file, '--count', '2', '--steps', '1', '--out', path('a.gif'));
    expect([status, (await readFile(path('a.gif'))).subarray(0, 6).toString()]).toEqual([0, 'GIF89a']);
    const encodes = ['--use', 'postProcessor=["upscale","to-pixels","png"]', '--out', path('b.gif')];
    expect(await call('sample', file, '--count', '1', '--steps', '1', ...encodes)).toMatchObject({ status: 1 });
    expect(await readdir(folder)).not.toContain('b.gif');
  });

  const checkpoint = async (): Promise<string> => {
    await call('train', path('recipe.json'), '--out', path('run'), '--use', 'observer=[]');
    return path('run', 'checkpoint-00000003.safetensors');
  };

  it('writes them as images one pixel wide, each point with its coordinates', async () => {
    const raw = path('raw.safetensors');
    const { status } = await call('sample', await checkpoint(), '--count', '5', '--steps', '2', '--raw', raw);
    expect(status).toBe(0);
    const { tensors } = decodeSafetensors(await readFile(raw));
    expect(Object.keys(tensors)).toEqual(['samples']);
    expect(tensors['samples']?.data.length).toBe(10);
    expect(tensors['samples']?.shape).toEqual([5, 2, 1, 1]);
  });

  it('refuses labels', async () => {
    const { status, said } = await call('sample', await checkpoint(), '--labels', 'all');
    expect([status, said]).toEqual([1, expect.stringContaining('RXD_CONDITION_INVALID')]);
  });

  it('needs neither the folder nor the data of its training', async () => {
    const file = await checkpoint();
    const bytes = await readFile(file);
    await rm(path('run'), { recursive: true });
    await writeFile(path('moved.safetensors'), bytes);
    const raw = path('raw.safetensors');
    const { status } = await call('sample', path('moved.safetensors'), '--count', '1', '--steps', '1', '--raw', raw);
    expect(status).toBe(0);
    expect((await readdir(folder)).toSorted()).toEqual(['moved.safetensors', 'raw.safetensors', 'recipe.json']);
  });
});
