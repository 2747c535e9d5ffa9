import { lastValueFrom, take, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../src/core/contracts/store.js';
import type { Slots } from '../../src/core/assembly/recipe.js';
import { Roles } from '../../src/core/assembly/roles.js';
import { encodeCheckpoint } from '../../src/core/storage/checkpoint.js';
import { loadNewest, storedRuns } from '../../src/core/storage/stored-runs.js';
import { diffusion, type Diffusion } from '../../src/pipelines/diffusion.js';
import { nodePlugins } from '../../src/pipelines/presets/node-plugins.js';
import type { TrainOptions } from '../../src/pipelines/train-function.js';

const pipelines: Diffusion[] = [];
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rxd-resume-'));
});
afterEach(async () => {
  for (const pipeline of pipelines.splice(0)) await pipeline.dispose();
  await rm(folder, { recursive: true });
});

async function pipelineOf(slots: Slots = {}): Promise<Diffusion> {
  const plugins: Slots = {
    engine: 'tfjs-cpu',
    dataset: { name: 'two-moons', config: { size: 64 } },
    denoiser: { name: 'mlp', config: { width: 4, blocks: 1 } },
    store: { name: 'folder', config: { path: folder } },
    ...slots,
  };
  const recipe = { format: 1, preset: 'ddpm', plugins, train: { batchSize: 8, seed: 3 } };
  const pipeline = await diffusion(recipe, { plugins: nodePlugins });
  pipelines.push(pipeline);
  return pipeline;
}

async function trained(pipeline: Diffusion, ask: TrainOptions): Promise<{ step: number; run: string }> {
  using result = await pipeline.train(ask);
  return { step: result.step, run: result.run };
}

const storeOf = ({ assembly }: Diffusion): Store => assembly.get(Roles.store);
const refusal = (says: RegExp) => ({ code: 'RXD_RESUME_REFUSED', message: expect.stringMatching(says) as unknown });

describe('a folder that another run has used', () => {
  it('keeps what is there: each run has, counts and removes its own checkpoints', async () => {
    const pipeline = await pipelineOf();
    const one = await trained(pipeline, { steps: 4, checkpointEvery: 2 });
    const other = await trained(pipeline, { steps: 3, checkpointEvery: 1, run: 'other' });
    expect((await readdir(folder)).toSorted()).toEqual([
      'checkpoint-00000002.safetensors',
      'checkpoint-00000004.safetensors',
      'checkpoint-other-00000002.safetensors',
      'checkpoint-other-00000003.safetensors',
    ]);
    const runs = await storedRuns(storeOf(pipeline));
    expect(runs.map(({ run, step }) => [run, step])).toEqual([
      [one.run, 4],
      [other.run, 3],
    ]);
    expect((await loadNewest(storeOf(pipeline), 'other'))?.checkpoint).toMatchObject({ run: 'other', step: 3 });
  });

  it('asks which run to go on with, by listing them, and goes on with the one that is named', async () => {
    const pipeline = await pipelineOf();
    const { run } = await trained(pipeline, { steps: 4 });
    await trained(pipeline, { steps: 2, run: 'second' });
    await expect(pipeline.train({ steps: 8, resume: true })).rejects.toMatchObject(refusal(/second \(at update 2\)/));
    const events = await lastValueFrom(pipeline.train.events({ steps: 3, resume: { run: 'second' } }).pipe(toArray()));
    expect(events[0]).toMatchObject({ kind: 'start', step: 2, run: 'second' });
    expect(await trained(pipeline, { steps: 5, resume: { run } })).toEqual({ step: 5, run });
    expect(await trained(pipeline, { steps: 4, resume: true, run: 'second' })).toEqual({ step: 4, run: 'second' });
    expect(await trained(pipeline, { steps: 1, resume: true, run: 'third' })).toEqual({ step: 1, run: 'third' });
    await expect(pipeline.train({ steps: 9, resume: { run: 'none' } })).rejects.toMatchObject(refusal(/none/));
  });

  it('refuses a new run with the identity of one that is there', async () => {
    const pipeline = await pipelineOf();
    await trained(pipeline, { steps: 1, run: 'mine' });
    await expect(pipeline.train({ steps: 2, run: 'mine' })).rejects.toMatchObject(refusal(/mine/));
    expect(await readdir(folder)).toEqual(['checkpoint-00000001.safetensors']);
  });
});

describe('a run that goes on', () => {
  it('is refused past the asked steps, and does nothing where they are done', async () => {
    const pipeline = await pipelineOf();
    await trained(pipeline, { steps: 4 });
    await expect(pipeline.train({ steps: 3, resume: true })).rejects.toMatchObject(refusal(/update 4, and 3 steps/));
    expect((await trained(pipeline, { steps: 4, resume: true })).step).toBe(4);
    expect(await readdir(folder)).toEqual(['checkpoint-00000004.safetensors']);
  });

  it.each<[string, Slots, TrainOptions, RegExp]>([
    ['optimizer', { optimizer: { name: 'adamw', config: { learningRate: 0.5 } } }, {}, /learningRate/],
    ['optimizer', { optimizer: 'adam' }, {}, /optimizer: adam/],
    ['dataset', { dataset: { name: 'two-moons', config: { size: 32 } } }, {}, /dataset/],
    ['batchSize', {}, { batchSize: 16 }, /batchSize: 16/],
    ['seed', {}, { seed: 4 }, /seed: 4/],
  ])('is refused with another %s unless that is allowed', async (what, slots, ask, says) => {
    const adamw: Slots = { optimizer: { name: 'adamw', config: { learningRate: 0.01 } } };
    await trained(await pipelineOf(adamw), { steps: 1 });
    const other = await pipelineOf({ ...adamw, ...slots });
    await expect(other.train({ steps: 2, ...ask, resume: true })).rejects.toMatchObject(refusal(says));
    const allow = [what] as never;
    expect((await trained(other, { steps: 2, ...ask, resume: { allow } })).step).toBe(2);
  });

  it('may have another engine, store, observers and numbers of steps', async () => {
    await trained(await pipelineOf(), { steps: 1 });
    const { checkpoint } = (await loadNewest(storeOf(await pipelineOf()))) ?? {};
    const other = await pipelineOf({ store: 'memory', sampler: 'euler', observer: [] });
    const resume = checkpoint ?? false;
    expect((await trained(other, { steps: 3, checkpointEvery: 1, keep: 1, resume })).step).toBe(3);
  });

  it('does not go back behind its own checkpoints, but as a run of its own', async () => {
    const pipeline = await pipelineOf();
    await trained(pipeline, { steps: 2 });
    const checkpoint = (await loadNewest(storeOf(pipeline)))?.checkpoint;
    if (checkpoint === undefined) throw new Error('no checkpoint');
    await trained(pipeline, { steps: 4, resume: true });
    await expect(pipeline.train({ steps: 3, resume: checkpoint })).rejects.toMatchObject(refusal(/newer/));
    expect(await trained(pipeline, { steps: 3, resume: checkpoint, run: 'fork' })).toEqual({ step: 3, run: 'fork' });
    expect((await readdir(folder)).toSorted()).toEqual([
      'checkpoint-00000002.safetensors',
      'checkpoint-00000004.safetensors',
      'checkpoint-fork-00000003.safetensors',
    ]);
  });

  it('says what it does not know among the differences', async () => {
    const pipeline = await pipelineOf();
    await expect(pipeline.train({ steps: 1, resume: { allow: ['engine'] as never } })).rejects.toMatchObject({
      code: 'RXD_REQUEST_INVALID',
    });
  });

  it('goes on after a hundred million updates', async () => {
    const pipeline = await pipelineOf();
    await trained(pipeline, { steps: 1 });
    const newest = await loadNewest(storeOf(pipeline));
    if (newest === undefined) throw new Error('no checkpoint');
    for (const step of [99_999_999, 100_000_000, 900_000_000])
      await storeOf(pipeline).write(
        `checkpoint-${String(step).padStart(8, '0')}.safetensors`,
        await encodeCheckpoint({ ...newest.checkpoint, step }),
      );
    expect((await trained(pipeline, { steps: 900_000_001, resume: true })).step).toBe(900_000_001);
    expect((await loadNewest(storeOf(pipeline)))?.checkpoint.step).toBe(900_000_001);
  });

  it('of version 0.1.0 has no identity, and gets one', async () => {
    const pipeline = await pipelineOf();
    await trained(pipeline, { steps: 1 });
    const newest = await loadNewest(storeOf(pipeline));
    if (newest === undefined) throw new Error('no checkpoint');
    const { run: _, ...old } = newest.checkpoint;
    await storeOf(pipeline).write(newest.name, await encodeCheckpoint(old));
    const { run, step } = await trained(pipeline, { steps: 2, resume: true });
    expect(step).toBe(2);
    expect((await loadNewest(storeOf(pipeline), run))?.checkpoint).toMatchObject({ run, step: 2 });
    expect(await storedRuns(storeOf(pipeline))).toHaveLength(1);
  });
});

describe('two runs at once', () => {
  it('into one folder: the second is refused, the first goes on, and the folder is free after it', async () => {
    const [one, other] = [await pipelineOf(), await pipelineOf()];
    const measure = async (): Promise<Record<string, number>> => {
      await expect(other.train({ steps: 1 })).rejects.toMatchObject({ code: 'RXD_STORE_LOCKED' });
      expect((await loadNewest(storeOf(other)))?.checkpoint.step).toBeGreaterThan(0);
      return {};
    };
    const warned = vi.spyOn(console, 'warn');
    const running = trained(one, { steps: 3, checkpointEvery: 1, evaluate: { every: 2, measure } });
    expect((await running).step).toBe(3);
    expect(warned).not.toHaveBeenCalled();
    expect((await trained(other, { steps: 4, resume: true })).step).toBe(4);
    expect(await readdir(folder)).not.toContain('.lock');
  });

  it('into one store of memory: each keeps its own', async () => {
    const pipeline = await pipelineOf({ store: 'memory' });
    await Promise.all(['a', 'b', 'c'].map((run) => trained(pipeline, { steps: 3, checkpointEvery: 1, run })));
    const runs = await storedRuns(storeOf(pipeline));
    expect(new Set(runs.map(({ run }) => run))).toEqual(new Set(['a', 'b', 'c']));
    expect(await storeOf(pipeline).list()).toHaveLength(6);
  });

  it('one after another where the first was cancelled: the second waits for what is still written', async () => {
    const pipeline = await pipelineOf();
    for (let count = 1; count <= 6; count++) {
      await lastValueFrom(pipeline.train.events({ steps: 100, checkpointEvery: 1 }).pipe(take(count)));
      const cancelled = new AbortController();
      const run = pipeline.train({ steps: 100, checkpointEvery: 1 }, { signal: cancelled.signal });
      cancelled.abort();
      await expect(run).rejects.toMatchObject({ code: 'RXD_ABORTED' });
    }
    expect((await trained(pipeline, { steps: 1, run: 'last' })).step).toBe(1);
  });
});
