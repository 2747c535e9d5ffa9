import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { newRunId } from '../../src/core/loop/run-id.js';
import { definePlugin } from '../../src/core/assembly/define-plugin.js';
import { Roles } from '../../src/core/assembly/roles.js';
import { diffusion, type Diffusion } from '../../src/pipelines/diffusion.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';

const seen: unknown[] = [];
const watching = definePlugin({
  role: Roles.observer,
  name: 'watching',
  config: z.strictObject({}),
  create: () => ({
    next: () => undefined,
    complete: (run?: string) => void seen.push(['complete', run]),
    error: (_: unknown, run?: string) => void seen.push(['error', run]),
  }),
});

const pipelineOf = (): Promise<Diffusion> =>
  diffusion(
    {
      format: 1,
      preset: 'ddpm',
      plugins: {
        engine: 'tfjs-cpu',
        dataset: { name: 'two-moons', config: { size: 64 } },
        denoiser: { name: 'mlp', config: { width: 4, blocks: 1 } },
        observer: ['watching'],
      },
    },
    { plugins: [...standardPlugins, watching] },
  );

describe('the identity of a run', () => {
  it('is in every event of sampling and training, one for each run, and in the result', async () => {
    await using pipeline = await pipelineOf();
    const { sample, train } = pipeline;
    const runs = await Promise.all([
      lastValueFrom(sample.events({ steps: 2 }).pipe(toArray())),
      lastValueFrom(sample.events({ steps: 2 }).pipe(toArray())),
      lastValueFrom(train.events({ steps: 2, batchSize: 4 }).pipe(toArray())),
    ]);
    const ids = runs.map((events) => [...new Set(events.map(({ run }) => run))]);
    expect(ids.map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(new Set(ids.flat()).size).toBe(3);
    using sampled = await sample({ steps: 2, run: 'mine' });
    using trained = await train({ steps: 1, batchSize: 4, run: 'my.training-1' });
    expect([sampled.run, trained.run]).toEqual(['mine', 'my.training-1']);
  });

  it('is what observers are told at the end, also where the run fails before its first event', async () => {
    await using pipeline = await pipelineOf();
    seen.length = 0;
    (await pipeline.sample({ steps: 1, run: 'well' })).dispose();
    const startFrom = { data: new Float32Array(1), strength: 0.5 };
    await expect(pipeline.sample({ steps: 1, startFrom, run: 'ill' })).rejects.toThrow('startFrom');
    expect(seen).toEqual([
      ['complete', 'well'],
      ['error', 'ill'],
    ]);
  });

  it.each([['../up'], [''], ['a'.repeat(101)], ['-x'], ['a b'], [7], [null]])('cannot be %j', async (run) => {
    await using pipeline = await pipelineOf();
    const refused = { code: 'RXD_REQUEST_INVALID', problem: expect.stringContaining('run') as unknown };
    await expect(pipeline.sample({ steps: 1, run: run as string })).rejects.toMatchObject(refused);
    await expect(pipeline.train({ steps: 1, run: run as string })).rejects.toMatchObject(refused);
  });

  it('is random bits where the platform makes no UUIDs', () => {
    const own = Object.getOwnPropertyDescriptor(crypto, 'randomUUID');
    Object.defineProperty(crypto, 'randomUUID', { value: undefined, configurable: true });
    try {
      expect(newRunId()).toMatch(/^[0-9a-f]{32}$/);
      expect(newRunId()).not.toBe(newRunId());
    } finally {
      if (own) Object.defineProperty(crypto, 'randomUUID', own);
      else Reflect.deleteProperty(crypto, 'randomUUID');
    }
    expect(newRunId()).toMatch(/^[0-9a-f]{8}-/);
  });
});
