import { describe, expect, it } from 'vitest';
import { Roles, type Sampler } from 'rxdiffusion';
import { convergenceErrors, exactDenoise, samplerLaws, solve } from 'rxdiffusion/testing';
import { vpLevel } from '../../../src/core/math/levels.js';
import { orderInGroup } from '../../../src/plugins/samplers/singlestep-orders.js';
import { made } from '../plugins-of.js';

/** Slope of the error between 96 and 192 steps, which groups of two and of three both divide. */
async function orderOf(name: string, config: object): Promise<number> {
  const [coarse = 0, fine = 0] = convergenceErrors(await made(Roles.sampler, name, { ...config }), [96, 192]);
  return Math.log2(coarse / fine);
}

const choices = (parts: readonly object[], others: readonly object[]): readonly object[] =>
  parts.flatMap((part) => others.map((other) => ({ ...part, ...other })));
const solvers = [{ solver: 'midpoint' }, { solver: 'heun' }];
const orders = [{ order: 1 }, { order: 2 }, { order: 3 }];
const cases = [
  ...solvers.map((config) => ['dpmpp-3m', config] as const),
  ...choices(orders, solvers).map((config) => ['dpm-solver', config] as const),
  ...choices(choices(orders, solvers), [{ form: 'denoised' }, { form: 'noise' }]).map(
    (config) => ['dpmpp-singlestep', config] as const,
  ),
  ['dpmpp-2s-ancestral', { eta: 0 }] as const,
];

describe('exponential integrators', () => {
  it.each(cases)('%s %o keeps the laws and has its order', async (name, config) => {
    const sampler = await made(Roles.sampler, name, config as Record<string, unknown>);
    expect(() => samplerLaws(sampler)).not.toThrow();
    const measured = await orderOf(name, config);
    expect(measured).toBeGreaterThan(sampler.order - 0.15);
    expect(measured).toBeLessThan(sampler.order + 0.4);
  });

  it.each([
    ['dpmpp-3m', { thirdOrderFactor: 'half' }],
    ['dpmpp-3m', { start: 'first-order' }],
    ['dpmpp-3m', { lowerOrderFinal: true }],
    ['dpm-solver', { order: 3, thirdOrderFactor: 'half', start: 'first-order' }],
    ['dpm-solver', { order: 3, eulerAtFinal: true }],
    ['dpmpp-singlestep', { order: 3, lowerOrderFinal: true }],
  ] as const)('%s %o declares the second order that it has', async (name, config) => {
    expect((await made(Roles.sampler, name, config)).order).toBe(2);
    expect(await orderOf(name, config)).toBeLessThan(2.75);
  });

  it('dpmpp-3m is a hundred times as exact as the form of other libraries at 640 steps', async () => {
    const ours = convergenceErrors(await made(Roles.sampler, 'dpmpp-3m'), [640]);
    const theirs = { thirdOrderFactor: 'half', start: 'first-order' };
    const others = convergenceErrors(await made(Roles.sampler, 'dpmpp-3m', theirs), [640]);
    expect((others[0] ?? 0) / (ours[0] ?? 1)).toBeGreaterThan(100);
  });
});

const levels = [...Array.from({ length: 9 }, (_, i) => vpLevel(9 - i, -3 + i * 0.7)), vpLevel(0, Infinity)];
const run = (sampler: Sampler, grid = levels): Float64Array =>
  solve({
    sampler,
    levels: grid,
    schedule: { at: (t) => vpLevel(t, 0), levelAt: (lambda) => vpLevel(0, lambda) },
    x: Float64Array.of(-1.5, 0.2, 0.9, 2.2),
    denoise: exactDenoise,
    noise: (index) => Float64Array.from({ length: 4 }, (_, i) => Math.sin(3 * index + i)),
  });

describe('exponential integrators that are one another', () => {
  const near = (a: Float64Array, b: Float64Array): void =>
    a.forEach((value, i) => expect(value).toBeCloseTo(b[i] ?? Number.NaN, 10));

  it('res-multistep on the ODE is dpmpp-2m with heun', async () => {
    near(
      run(await made(Roles.sampler, 'res-multistep')),
      run(await made(Roles.sampler, 'dpmpp-2m', { solver: 'heun' })),
    );
  });

  it.each(['denoised', 'noise'])('order 1 is ddim (%s)', async (form) => {
    near(
      run(await made(Roles.sampler, 'dpmpp-singlestep', { order: 1, form })),
      run(await made(Roles.sampler, 'ddim')),
    );
    near(run(await made(Roles.sampler, 'dpm-solver', { order: 1 })), run(await made(Roles.sampler, 'ddim')));
  });

  it('dpmpp-2s-ancestral without noise is a group of dpmpp-singlestep over each step', async () => {
    const grid = Array.from({ length: 5 }, (_, i) => vpLevel(4 - i, -1 + i / 2));
    const halves = grid.flatMap((at, i) => (i === 0 ? [at] : [vpLevel(0, at.lambda - 1 / 4), at]));
    near(
      run(await made(Roles.sampler, 'dpmpp-2s-ancestral', { eta: 0 }), grid),
      run(await made(Roles.sampler, 'dpmpp-singlestep'), halves),
    );
  });

  it('a run upward, and a last step of no width, stay finite', async () => {
    const up = [...levels.slice(0, -1).toReversed(), levels[0] ?? vpLevel(0, -3)];
    for (const name of ['dpmpp-2m', 'dpmpp-3m', 'dpm-solver'])
      expect(run(await made(Roles.sampler, name), up).every(Number.isFinite)).toBe(true);
  });

  it('res-multistep and dpmpp-2s-ancestral draw as much as eta says', async () => {
    for (const name of ['res-multistep', 'dpmpp-2s-ancestral']) {
      const silent = await made(Roles.sampler, name, { eta: 1, noiseScale: 0 });
      const loud = await made(Roles.sampler, name, { eta: 1 });
      expect(silent.stochastic && loud.stochastic).toBe(true);
      expect(run(silent)).not.toEqual(run(loud));
    }
  });
});

describe('orderInGroup', () => {
  const ordersOf = (order: number, count: number, lowerOrderFinal: boolean): string =>
    Array.from({ length: count }, (_, index) => orderInGroup({ order, lowerOrderFinal }, index, count)).join('');

  it('is diffusers’ list with lowerOrderFinal', () => {
    expect([4, 5].map((count) => ordersOf(2, count, true))).toEqual(['1211', '12121']);
    expect([6, 7, 8].map((count) => ordersOf(3, count, true))).toEqual(['123121', '1231231', '12312312']);
    expect(ordersOf(1, 3, true)).toBe('111');
  });

  it('puts the short groups first without it', () => {
    expect([4, 5].map((count) => ordersOf(2, count, false))).toEqual(['1212', '11212']);
    expect([6, 7, 8].map((count) => ordersOf(3, count, false))).toEqual(['123123', '1212123', '12123123']);
    expect([1, 2, 3].map((count) => ordersOf(3, count, false))).toEqual(['1', '12', '123']);
  });
});
