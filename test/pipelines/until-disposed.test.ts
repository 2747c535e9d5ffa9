import { firstValueFrom, lastValueFrom, tap, type Observable } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { diffusion, standardPlugins, type Diffusion } from 'rxdiffusion';
import { liveTensors } from '../leak-guard.js';

const pipelineOf = (engine: string): Promise<Diffusion> =>
  diffusion(
    {
      format: 1,
      preset: 'ddpm',
      plugins: {
        engine,
        dataset: 'two-moons',
        denoiser: { name: 'mlp', config: { width: 8, blocks: 1 } },
        sampler: 'ddim',
      },
      train: { steps: 100_000, batchSize: 4 },
      sample: { steps: 500, count: 2 },
    },
    { plugins: standardPlugins },
  );

const runs: readonly (readonly [string, (pipeline: Diffusion) => Observable<unknown>])[] = [
  ['sampling', ({ sample }) => sample.events()],
  ['training', ({ train }) => train.events()],
];

describe.each(['tfjs-cpu', 'tfjs-wasm'])('a pipeline on %s that is disposed of while a run is on', (engine) => {
  it.each(runs)('ends %s with an error that says so', async (_, eventsOf) => {
    const pipeline = await pipelineOf(engine);
    let events = 0;
    const ended = lastValueFrom(eventsOf(pipeline).pipe(tap(() => ++events === 3 && void pipeline.dispose())));
    await expect(ended).rejects.toThrow(/RXD_ASSEMBLY_DISPOSED: the pipeline was disposed of while this run was on/);
    await pipeline.dispose();
    expect(events).toBe(3);
  });

  it('ends what is asked as a promise too, each run once', async () => {
    const before = liveTensors();
    const pipeline = await pipelineOf(engine);
    const asked = [pipeline.sample(), pipeline.sample(), pipeline.train()];
    await firstValueFrom(pipeline.sample.events());
    await pipeline.dispose();
    const ends = await Promise.allSettled(asked);
    expect(ends.map((end) => end.status === 'rejected' && (end.reason as { code?: string }).code)).toEqual(
      Array(3).fill('RXD_ASSEMBLY_DISPOSED'),
    );
    // An update that was on frees what it holds when it is through.
    await vi.waitFor(() => expect(liveTensors()).toBeLessThanOrEqual(before), { timeout: 20_000 });
  });

  it('leaves runs that have ended alone', async () => {
    const pipeline = await pipelineOf(engine);
    const result = await pipeline.sample({ steps: 2 });
    await pipeline.dispose();
    expect(result.images().shape[0]).toBe(2);
    result.dispose();
  });
});
