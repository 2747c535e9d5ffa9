import * as fc from 'fast-check';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { macrotask } from '../../src/core/loop/macrotask.js';
import { catalogue } from '../../src/core/assembly/catalogue.js';
import type { Slots } from '../../src/core/assembly/recipe.js';
import type { Role } from '../../src/core/assembly/role.js';
import { Roles } from '../../src/core/assembly/roles.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';
import type { SampleOptions } from '../../src/pipelines/sample-function.js';
import type { ClipOptions, Swap } from '../../src/core/sampling/sample-request.js';
import { times } from '../effort.js';
import { figure } from '../figure.js';
import { liveTensors } from '../leak-guard.js';
import { atOnce, calls, countingPipeline, difference, inTurn } from './recorded-runs.js';

const known = catalogue(standardPlugins);
const named = <T>(role: Role<T>): readonly string[] => known.of(role).map(({ name }) => name);

/** Four requests that differ in all that may differ between the samples of a batch. */
const mixed: readonly SampleOptions[] = [
  { run: 'a', seed: 1 },
  { run: 'b', seeds: [7, 40], condition: [0, 1] },
  { run: 'c', seed: 3, count: 3, condition: 0 },
  { run: 'd', seed: 1, condition: 1 },
];
const region = { data: Float32Array.of(0.4, -0.2), mask: Float32Array.of(1, 0) };
const inpainted = mixed.map((ask, i) => ({ ...ask, inpaint: { ...region, data: region.data.map((v) => v * i) } }));
const started = mixed.map((ask) => ({ ...ask, startFrom: { data: region.data, strength: 0.75 } }));

const SCHEDULES: readonly Slots[] = [
  {},
  { schedule: 'flow', parameterization: 'flow' },
  { schedule: 've-sde', parameterization: 'epsilon' },
];

/** Both ways on the first path that a sampler or guidance goes on: largest difference, and calls each way. */
async function compared(slots: Slots, asks: readonly SampleOptions[]) {
  for (const schedule of SCHEDULES) {
    // Other files count in this list too.
    calls.length = 0;
    try {
      await using pipeline = await countingPipeline({ ...schedule, ...slots });
      const alone = await inTurn(pipeline, asks);
      const before = calls.length;
      const joined = await atOnce(pipeline, asks);
      if (alone.some(({ outcome }) => outcome instanceof DiffusionError && outcome.code === 'RXD_COMBINATION'))
        continue;
      const together = calls.length - before;
      return {
        outcomes: alone.map(({ outcome }) => outcome),
        most: Math.max(...joined.map((run, i) => difference(run, alone[i]!))),
        together,
        inTurn: before,
      };
    } catch (error) {
      if (!(error instanceof DiffusionError && error.code === 'RXD_COMBINATION')) throw error;
    }
  }
  return undefined;
}

const seen = { runs: 0, equal: 0, joined: 0 };

/** Runs that go together in batches of four, if at all. */
async function expectJoined(slots: Slots, asks: readonly SampleOptions[], joins = true): Promise<void> {
  const found = await compared(slots, asks);
  expect(found?.outcomes).toEqual(asks.map(() => 'complete'));
  expect(found?.most).toBeLessThanOrEqual(1e-6);
  expect((found?.together ?? 0) * (joins ? mixed.length : 1)).toBe(found?.inTurn);
  seen.runs += asks.length;
  seen.joined += joins ? asks.length : 0;
  seen.equal += found?.most === 0 ? asks.length : 0;
}

describe('requests that arrive together are one batch, and each has what it has alone', () => {
  it.each(named(Roles.sampler))('sampler %s', (sampler) =>
    sampler === 'ddim-inverse'
      ? expectJoined({ sampler, grid: 'flip' }, mixed)
      : expectJoined({ sampler }, [...mixed, ...inpainted, ...started], sampler !== 'dpm-adaptive'),
  );

  it.each(named(Roles.guidance))('guidance %s', (name) =>
    expectJoined({ guidance: name, sampler: 'ddim', 'denoiser:weak': 'line', classifier: 'bayes' }, mixed),
  );

  it('a sampler that takes means over its batch: over that of each request', () =>
    expectJoined({ sampler: { name: 'predictor-corrector', config: { norms: 'batch' } } }, mixed));

  it('prints its count', () => {
    figure('R17', `${seen.runs} runs, ${seen.joined} joined, ${seen.equal} bit-equal, the rest within 1e-6`);
    expect(seen.joined).toBeGreaterThan(100);
  });
});

const clips: readonly (ClipOptions | undefined)[] = [
  undefined,
  { range: 1 },
  { range: 2 },
  { quantile: 0.9, max: 1.5 },
];
const ask = fc.record({
  seed: fc.integer({ min: -1000, max: 1000 }),
  count: fc.integer({ min: 1, max: 3 }),
  steps: fc.integer({ min: 1, max: 3 }),
  condition: fc.constantFrom(0, 1, 1, 9),
  clip: fc.constantFrom(...clips),
  kind: fc.constantFrom('plain', 'plain', 'start', 'inpaint', 'live', 'swap'),
});

const requestOf = (
  { kind, clip, ...rest }: typeof ask extends fc.Arbitrary<infer T> ? T : never,
  run: number,
): SampleOptions => ({
  ...rest,
  run: `run-${run}`,
  ...(clip ? { clip } : {}),
  ...(kind === 'start' ? { startFrom: { data: region.data, strength: 0.7 } } : {}),
  ...(kind === 'inpaint' ? { inpaint: region } : {}),
  ...(kind === 'live' ? { live: { 'guidance.scale': new Subject<number>() } } : {}),
  ...(kind === 'swap' ? { swap$: new Subject<Swap>() } : {}),
});

it('random mixes of requests end as each ends alone, right ones and wrong ones, and leak nothing', async () => {
  await using pipeline = await countingPipeline({}, { batching: { max: 5 } });
  const before = liveTensors();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(ask, { minLength: 2, maxLength: 8 }), async (drawn) => {
      const asks = drawn.map(requestOf);
      const [joined, alone] = [await atOnce(pipeline, asks), await inTurn(pipeline, asks)];
      joined.forEach((run, i) => {
        const other = alone[i]!;
        expect(difference(run, other)).toBeLessThanOrEqual(1e-6);
      });
      runs += asks.length;
    }),
    { numRuns: times(30, 300) },
  );
  await macrotask();
  expect(liveTensors() - before).toBe(0);
  figure('R17', `${runs} runs in random mixes, 0 different, 0 tensors leaked`);
});
