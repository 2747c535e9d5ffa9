import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { Roles } from 'rxdiffusion';
import { exactDenoise, float64Of, float64Space, fromFloat64, samplerLaws, solve } from 'rxdiffusion/testing';
import { exactRun } from '../../../src/testing/measured-order.js';
import { vpLevel } from '../../../src/core/math/levels.js';
import { numbersOf } from '../../../src/core/tensors/float64-space.js';
import { asVector, numbersOf as tensorNumbersOf, tensorSpace } from '../../../src/core/tensors/tensor-space.js';
import { controlled } from '../../../src/plugins/samplers/step-size-control.js';
import { made } from '../plugins-of.js';

const PID = { pCoeff: 0, iCoeff: 1, dCoeff: 0, acceptSafety: 0.81, order: 3 };
const FIRST = { h: 0.5, inverse1: undefined, inverse2: undefined };

describe('dpm-adaptive', () => {
  it.each([2, 3] as const)(
    'order %i: ten times the accuracy for so many more calls as its order says',
    async (order) => {
      const runs = await Promise.all(
        [1e-2, 1e-3, 1e-4, 1e-5].map(async (rtol) =>
          exactRun(await made(Roles.sampler, 'dpm-adaptive', { order, rtol, atol: rtol / 10, hMin: 1e-6 }), 4),
        ),
      );
      for (const [i, { error, calls }] of runs.slice(1).entries()) {
        const before = runs[i] as (typeof runs)[number];
        expect(error).toBeLessThan(before.error);
        expect(calls).toBeGreaterThan(before.calls);
      }
      const [first, last] = [runs[0], runs.at(-1)] as [(typeof runs)[number], (typeof runs)[number]];
      const slope = Math.log(first.error / last.error) / Math.log(last.calls / first.calls);
      expect(slope).toBeGreaterThan(order - 0.3);
    },
  );

  it.each([{}, { order: 2 }, { norm: 'batch' }, { eta: 1 }])('%o keeps the laws', async (config) => {
    const sampler = await made(Roles.sampler, 'dpm-adaptive', config);
    expect(() => samplerLaws(sampler)).not.toThrow();
  });

  it('ends whatever the coefficients of its control are', async () => {
    const config = { acceptSafety: 5, iCoeff: 0, rtol: 0, atol: 1e-30, hMin: 0.1 };
    const sampler = await made(Roles.sampler, 'dpm-adaptive', config);
    expect(exactRun(sampler, 4).calls).toBeLessThan(3 * 2000);
  });

  it('ends, with steps of hMin, where no step can be good enough', async () => {
    const sampler = await made(Roles.sampler, 'dpm-adaptive', { rtol: 0, atol: 1e-30, hMin: 0.1 });
    const run = exactRun(sampler, 4);
    expect(run.calls).toBeGreaterThan(3 * 45);
    expect(run.calls).toBeLessThan(3 * 200);
  });

  it('a mate in the batch changes a sample by no more than is tolerated', async () => {
    const sampler = await made(Roles.sampler, 'dpm-adaptive', { rtol: 1e-4, atol: 1e-4 });
    const run = (x: readonly number[], samples: number) =>
      solve({
        sampler,
        samples,
        levels: [-2, 0, 2].map((lambda) => vpLevel(0, lambda)),
        schedule: { at: (t) => vpLevel(t, 0), levelAt: (lambda) => vpLevel(0, lambda) },
        x: Float64Array.from(x),
        denoise: exactDenoise,
      });
    const difference = Math.abs((run([0.3], 1)[0] ?? 0) - (run([0.3, -1.9], 2)[0] ?? 1));
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(1e-3);
  });
});

describe('controlled', () => {
  it('takes a step as good as tolerated and keeps its width', () => {
    const control = controlled(FIRST, 1, PID);
    expect(control.accepts).toBe(true);
    expect(control.next(true).h).toBeCloseTo(0.5, 7);
  });

  it('widens good steps and narrows bad ones, within limits', () => {
    expect(controlled(FIRST, 0, PID).next(true).h).toBeCloseTo(0.5 * (1 + Math.PI / 2), 1);
    const bad = controlled(FIRST, 1e9, PID);
    expect(bad.accepts).toBe(false);
    expect(bad.next(false).h).toBeCloseTo(0.5 * (1 + Math.atan(-1)), 2);
  });

  it('remembers the errors of the last two steps that were taken', () => {
    const first = controlled(FIRST, 0.5, PID).next(true);
    const second = controlled(first, 0.25, PID);
    expect(second.next(true)).toMatchObject({ inverse1: expect.closeTo(4, 5), inverse2: expect.closeTo(2, 5) });
    expect(second.next(false)).toMatchObject({ inverse1: expect.closeTo(2, 5), inverse2: expect.closeTo(2, 5) });
  });

  it('is moved by the last errors where it has a proportional part', () => {
    const after = { h: 1, inverse1: 4, inverse2: 4 };
    const wary = controlled(after, 0.5, { ...PID, pCoeff: 0.4 }).next(true).h;
    expect(wary).toBeLessThan(controlled({ ...after, inverse1: 1 }, 0.5, { ...PID, pCoeff: 0.4 }).next(true).h);
  });
});

describe('errorNorm', () => {
  const [difference, a, b] = [
    [0.1, -0.2, 0.3, 0.4],
    [1, -8, 0.5, 0],
    [-2, 4, 0.1, 0],
  ];
  const tolerance = { absolute: 0.1, relative: 0.05 };
  const expected = [Math.sqrt((1 + 0.25) / 2), Math.sqrt((9 + 16) / 2)];

  it('is the root mean square of each sample, in units of the tolerance', () => {
    const [d, x, y] = [difference, a, b].map((values) => fromFloat64(Float64Array.from(values ?? [])));
    const norm = float64Space(2).errorNorm(d ?? never(), [x ?? never(), y ?? never()], tolerance);
    expect([...numbersOf(norm)]).toEqual(expected.map((value) => expect.closeTo(value, 12) as number));
    expect(float64Of(d ?? never()).length).toBe(4);
  });

  it('is the same on tensors', async () => {
    await tf.setBackend('cpu');
    const norms = tf.tidy(() => {
      const [d, x, y] = [difference, a, b].map((values) => asVector(tf.tensor(values ?? [], [2, 2, 1, 1])));
      const norm = tensorSpace.errorNorm(d ?? never(), [x ?? never(), y ?? never()], tolerance);
      return [...tensorNumbersOf(norm).dataSync()];
    });
    expect(norms).toEqual(expected.map((value) => expect.closeTo(value, 5) as number));
  });
});

function never(): never {
  throw new Error('the test has three vectors');
}
