import { describe, expect, it } from 'vitest';
import { Roles } from 'rxdiffusion';
import { convergenceErrors, measuredOrder, samplerLaws } from 'rxdiffusion/testing';
import { level, veLevel } from '../../../src/core/math/levels.js';
import { full } from '../../effort.js';
import { create, made, pluginsOf } from '../plugins-of.js';
import { near, run } from './sampler-run.js';

describe('every sampler', () => {
  // `conformance.test.ts` holds each of them to these laws too, as a pipeline has it.
  it.runIf(full).each(pluginsOf(Roles.sampler))('%s keeps the laws', async (_, definition) => {
    const sampler = await create(definition);
    expect(() => samplerLaws(sampler)).not.toThrow();
  });

  it('converges with its order: the figures', async () => {
    const table = await Promise.all(
      pluginsOf(Roles.sampler).map(async ([name, definition]) => {
        const sampler = await create(definition);
        return sampler.stochastic || sampler.stepSize ? [] : [[name, sampler.order, measuredOrder(sampler)] as const];
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

  it('flow-euler is ddim in the coordinate of flows', async () => {
    near(run(await made(Roles.sampler, 'flow-euler')), run(await made(Roles.sampler, 'ddim')));
  });

  it('flow-euler-ancestral with eta 0 is flow-euler', async () => {
    near(
      run(await made(Roles.sampler, 'flow-euler-ancestral', { eta: 0 })),
      run(await made(Roles.sampler, 'flow-euler')),
    );
  });

  it('tcd with gamma 0 is ddim, with gamma 1 consistency', async () => {
    near(run(await made(Roles.sampler, 'tcd', { gamma: 0 })), run(await made(Roles.sampler, 'ddim')));
    near(run(await made(Roles.sampler, 'tcd', { gamma: 1 })), run(await made(Roles.sampler, 'consistency')));
  });

  it('lcm without its boundary condition is consistency', async () => {
    near(
      run(await made(Roles.sampler, 'lcm', { timestepScaling: 1e9 })),
      run(await made(Roles.sampler, 'consistency')),
    );
  });

  it('ipndm and lms of order 1 are ddim', async () => {
    const ddim = run(await made(Roles.sampler, 'ddim'));
    near(run(await made(Roles.sampler, 'ipndm', { order: 1 })), ddim);
    near(run(await made(Roles.sampler, 'lms', { order: 1 })), ddim);
  });

  it.each(['euler-ancestral', 'dpm2-ancestral', 'flow-euler-ancestral'])('%s scales what it draws', async (name) => {
    const noise = (): Float64Array => Float64Array.of(0.3, -1, 0.5, 0.1);
    const halved = (): Float64Array => noise().map((value) => value / 2);
    near(
      run(await made(Roles.sampler, name, { noiseScale: 0.5 }), { noise }),
      run(await made(Roles.sampler, name), { noise: halved }),
    );
  });

  it('uneven weights are even ones where sigma / alpha is evenly spaced', async () => {
    const at = (t: number) => level(t, 1, t);
    const grid = { levels: Array.from({ length: 11 }, (_, i) => at(10 - i)) };
    const schedule = { at, levelAt: (lambda: number) => veLevel(0, lambda) };
    const lms = run(await made(Roles.sampler, 'lms'), { ...grid, schedule });
    near(run(await made(Roles.sampler, 'ipndm'), { ...grid, schedule }), lms);
    for (const rungeKutta of [true, false]) {
      const even = run(await made(Roles.sampler, 'pndm', { rungeKutta, spacing: 'even' }), { ...grid, schedule });
      near(run(await made(Roles.sampler, 'pndm', { rungeKutta }), { ...grid, schedule }), even);
    }
  });
});
