import { describe, expect, it } from 'vitest';
import { Roles, type Sampler } from 'rxdiffusion';
import { convergenceErrors, exactDenoise, measuredOrder, samplerLaws, solve } from 'rxdiffusion/testing';
import { vpLevel } from '../../../src/core/math/levels.js';
import { create, made, pluginsOf } from '../plugins-of.js';

const levels = [...Array.from({ length: 12 }, (_, i) => vpLevel(12 - i, -3 + i / 2)), vpLevel(0, Infinity)];
const schedule = { at: (t: number) => vpLevel(t, 0), levelAt: (lambda: number) => vpLevel(0, lambda) };
const start = Float64Array.of(-1.5, 0.2, 0.9, 2.2);
const run = (sampler: Sampler) =>
  solve({
    sampler,
    levels,
    schedule,
    x: start,
    denoise: exactDenoise,
    noise: (index) => start.map((x) => Math.sin(x + index)),
  });

describe('every sampler', () => {
  it.each(pluginsOf(Roles.sampler))('%s keeps the laws', async (_, definition) => {
    const sampler = await create(definition);
    expect(() => samplerLaws(sampler)).not.toThrow();
  });

  it('converges with its order: the figures', async () => {
    const table = await Promise.all(
      pluginsOf(Roles.sampler).map(async ([name, definition]) => {
        const sampler = await create(definition);
        return sampler.stochastic ? [] : [[name, sampler.order, measuredOrder(sampler)] as const];
      }),
    );
    const rows = table.flat();
    expect(rows.length).toBeGreaterThanOrEqual(4);
    for (const [, declared, measured] of rows) {
      expect(measured).toBeGreaterThan(declared - 0.15);
      expect(measured).toBeLessThan(declared + 1);
    }
  });

  it('is closer to the exact end with more steps', async () => {
    const errors = convergenceErrors(await made(Roles.sampler, 'dpmpp-2m'), [10, 40, 160, 640]);
    expect(errors.toSorted((a, b) => b - a)).toEqual(errors);
  });
});

describe('samplers that are one another', () => {
  const near = (a: Float64Array, b: Float64Array): void =>
    a.forEach((value, i) => expect(value).toBeCloseTo(b[i] ?? Number.NaN, 10));

  it('euler is ddim in its coordinate', async () => {
    near(run(await made(Roles.sampler, 'euler')), run(await made(Roles.sampler, 'ddim')));
  });

  it('ddim with eta 1 is ddpm', async () => {
    near(run(await made(Roles.sampler, 'ddim', { eta: 1 })), run(await made(Roles.sampler, 'ddpm')));
  });

  it('dpm2-ancestral with eta 0 is dpm2', async () => {
    near(run(await made(Roles.sampler, 'dpm2-ancestral', { eta: 0 })), run(await made(Roles.sampler, 'dpm2')));
  });

  it('euler-ancestral with eta 0 is euler', async () => {
    near(run(await made(Roles.sampler, 'euler-ancestral', { eta: 0 })), run(await made(Roles.sampler, 'euler')));
  });
});
