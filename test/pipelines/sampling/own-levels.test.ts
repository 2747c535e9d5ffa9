import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, of, Subject, take, tap, toArray, type Observable } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Denoiser } from '../../../src/core/contracts/denoiser.js';
import type { Guidance } from '../../../src/core/contracts/guidance.js';
import type { Sampler } from '../../../src/core/contracts/sampler.js';
import { DiffusionError } from '../../../src/core/errors/diffusion-error.js';
import { macrotask } from '../../../src/core/loop/macrotask.js';
import type { SampleEvent } from '../../../src/core/loop/sample-events.js';
import { pixels } from '../../../src/pipelines/sampling/pixels.js';
import { reverse } from '../../../src/pipelines/sampling/reverse.js';
import type { SampleRequest, Swap } from '../../../src/core/sampling/sample-request.js';
import { startingNoise } from '../../../src/pipelines/sampling/starting-noise.js';
import { dpmAdaptive } from '../../../src/plugins/samplers/dpm-adaptive.js';
import { dpmFast } from '../../../src/plugins/samplers/dpm-fast.js';
import { create } from '../../plugins/plugins-of.js';
import { liveTensors } from '../../leak-guard.js';
import { euler, parts } from './parts.js';

let calls = 0;
/** Pulls every number towards the nearer of -1 and 1: curved enough that steps of any width make errors. */
const denoiser: Denoiser = {
  info: { sampleShape: [2, 2, 1] },
  parameters: {},
  predict: (_, x) => {
    calls++;
    return tf.tanh(tf.mul(x, tf.scalar(4)));
  },
};
const tight = { rtol: 0.005, atol: 0.001 };
const tried: number[] = [];
/** The sampler, and how many of its tries were taken or not (1 or 0). */
const watched = (sampler: Sampler): Sampler => ({
  ...sampler,
  ...(sampler.stepSize && {
    stepSize: {
      next: (state, context) => sampler.stepSize?.next(state, context),
      accept: (...judged: Parameters<NonNullable<Sampler['stepSize']>['accept']>) => {
        const decision = (sampler.stepSize as NonNullable<Sampler['stepSize']>).accept(...judged);
        tried.push(decision.accepted ? 1 : 0);
        return decision;
      },
    },
  }),
});
const adaptive = async (config = {}): Promise<Sampler> => watched(await create(dpmAdaptive, { ...tight, ...config }));

const events = (request: SampleRequest, sampler: Sampler, guidance?: Guidance): Observable<SampleEvent> => {
  const use = { ...parts(denoiser, sampler), guidance };
  return of(request).pipe(startingNoise(use), reverse(use));
};
const plain = (run: Observable<SampleEvent>) => lastValueFrom(run.pipe(pixels('x'), toArray()));

beforeEach(async () => {
  await tf.setBackend('cpu');
  calls = 0;
  tried.length = 0;
});

describe('a sampler that finds its levels as it goes', () => {
  it('emits the steps that are taken, from end to end, with numbers that add up', async () => {
    const all = await plain(events({ steps: 12, count: 2 }, await adaptive({ hInit: 2 })));
    const steps = all.filter((event) => event.kind === 'step');
    const taken = tried.filter((one) => one === 1).length;
    expect(tried.length).toBeGreaterThan(taken);
    expect(steps.map(({ index }) => index)).toEqual(Array.from({ length: taken }, (_, index) => index));
    expect(steps.slice(1).map(({ from }) => from)).toEqual(steps.slice(0, -1).map(({ to }) => to));
    expect([steps[0]?.from.alpha, steps.at(-1)?.to.sigma]).toEqual([0, 0]);
    expect(all.at(-1)).toMatchObject({ kind: 'end', count: taken, nfe: calls, totalNfe: calls });
    for (const { index, count, nfe, totalNfe } of steps.slice(0, -1)) {
      expect(count).toBe(index + 2);
      expect(totalNfe).toBeGreaterThan(nfe);
    }
  });

  it('is cancelled between the tries of one step, before the next network call', async () => {
    const before = liveTensors();
    const never: Sampler = watched({
      ...euler,
      stepSize: {
        next: (_, { from, levels }) => levels.find(({ lambda }) => lambda > from.lambda),
        accept: (state) => ({ state, accepted: false }),
      },
    });
    const run = events({ steps: 3 }, never).subscribe();
    while (tried.length < 5) await macrotask();
    run.unsubscribe();
    const atCancel = calls;
    await macrotask();
    await macrotask();
    expect(calls).toBeLessThanOrEqual(atCancel + 1);
    expect(liveTensors()).toBe(before);
  });

  it('frees all of it, and gives equal bytes again, also in a batch of alike samples', async () => {
    const before = liveTensors();
    const sampler = await adaptive();
    const last = async (request: SampleRequest) => [
      ...((await plain(events(request, sampler))).at(-1)?.images.data ?? []),
    ];
    const [alone, again] = [await last({ steps: 12, seed: 3 }), await last({ steps: 12, seed: 3 })];
    expect(again).toEqual(alone);
    expect(await last({ steps: 12, seeds: [3, 3] })).toEqual([...alone, ...alone]);
    expect(liveTensors()).toBe(before);
  });

  it('a try that is not taken leaves what guidance remembers as it was', async () => {
    const remembered: number[] = [];
    const counting: Guidance = {
      init: () => ({ calls: 0 }),
      branches: () => [{ name: 'conditional' }],
      combine: (state, { readings: { conditional } }) => {
        const seen = Number(state['calls']) + 1;
        remembered.push(seen);
        return [{ calls: seen }, conditional as NonNullable<typeof conditional>];
      },
    };
    await plain(events({ steps: 12 }, await adaptive({ hInit: 2 }), counting));
    expect(tried).toContain(0);
    expect(Math.max(...remembered)).toBeLessThan(calls);
  });

  it('can be swapped for another, which takes the rest of the grid, and the other way round', async () => {
    const change = async (first: Sampler, second: Sampler) => {
      const swap$ = new Subject<Swap>();
      const run = events({ steps: 6, swap$ }, first).pipe(
        tap((event) => event.kind === 'step' && event.index === 1 && swap$.next({ sampler: second })),
      );
      const steps = (await plain(run)).filter((event) => event.kind === 'step');
      expect(steps.map(({ index }) => index)).toEqual(steps.map((_, index) => index));
      expect(steps.at(-1)).toMatchObject({ to: { sigma: 0 }, count: steps.length });
      for (const [index, { from }] of steps.slice(1).entries()) expect(from).toEqual(steps[index]?.to);
    };
    await change(await adaptive(), euler);
    await change(euler, await adaptive());
    await change(euler, await create(dpmFast));
    await change(await create(dpmFast), await adaptive());
  });
});

describe('a sampler that puts its own levels in place of the grid’s', () => {
  it('says them in the start event, and visits them', async () => {
    const all = await plain(events({ steps: 7 }, await create(dpmFast)));
    const [start] = all;
    const steps = all.filter((event) => event.kind === 'step');
    expect(start).toMatchObject({ kind: 'start', count: 7, totalNfe: 7 });
    expect(start?.kind === 'start' && start.levels.slice(1)).toEqual(steps.map(({ to }) => to));
    expect(calls).toBe(7);
  });

  it.each(['levels', 'next', 'accept'])('a fault in %s names the sampler, and frees everything', async (hook) => {
    const before = liveTensors();
    const fault = (): never => {
      throw new Error('wrong');
    };
    const forward: NonNullable<Sampler['stepSize']>['next'] = (_, { from, levels }) =>
      levels.find(({ lambda }) => lambda > from.lambda);
    const stepSize = { next: hook === 'next' ? fault : forward, accept: fault };
    const broken: Sampler = { ...euler, ...(hook === 'levels' ? { levels: fault } : { stepSize }) };
    await expect(plain(events({ steps: 3 }, broken))).rejects.toMatchObject({
      code: 'RXD_PLUGIN_FAILED',
      plugin: expect.stringContaining('sampler') as string,
    });
    expect(liveTensors()).toBe(before);
  });

  it('is refused where it leaves the ends of the grid', async () => {
    const short: Sampler = { ...euler, levels: (grid) => grid.slice(0, -1) };
    const run = lastValueFrom(events({ steps: 3 }, short).pipe(take(1)));
    await expect(run).rejects.toBeInstanceOf(DiffusionError);
    await expect(run).rejects.toMatchObject({
      code: 'RXD_PLUGIN_OUTPUT',
      plugin: expect.stringContaining('sampler') as string,
    });
  });
});
