import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Roles } from 'rxdiffusion';
import { create, made, pluginsOf } from '../plugins-of.js';

const pairs = pluginsOf(Roles.timestepSampler).flatMap(([sampler, samplerPlugin]) =>
  pluginsOf(Roles.schedule).map(([schedule, schedulePlugin]) => ({ sampler, schedule, samplerPlugin, schedulePlugin })),
);

describe('every timestep sampler on every schedule', () => {
  it.each(pairs)('$sampler on $schedule gives noisy levels of the schedule', async (pair) => {
    const [sampler, schedule] = [await create(pair.samplerPlugin), await create(pair.schedulePlugin)];
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (u) => {
        const { t, alpha, sigma } = sampler.level(schedule, u);
        expect(sigma).toBeGreaterThan(0);
        expect(Number.isFinite(alpha)).toBe(true);
        expect(t).toBeGreaterThanOrEqual(schedule.tMin);
        expect(t).toBeLessThanOrEqual(schedule.tMax);
        expect(schedule.trainSteps === undefined || Number.isInteger(t)).toBe(true);
      }),
    );
  });
});

describe('uniform', () => {
  it('gives each index of a discrete schedule its equal share', async () => {
    const [sampler, schedule] = [
      await made(Roles.timestepSampler, 'uniform'),
      await made(Roles.schedule, 'linear', { trainSteps: 10 }),
    ];
    const times = Array.from({ length: 100 }, (_, i) => sampler.level(schedule, i / 100).t);
    expect(times).toEqual(Array.from({ length: 100 }, (_, i) => Math.floor(i / 10)));
  });
});

describe('log-normal', () => {
  it('has the median sigma of Karras et al. 2022, exp(-1.2)', async () => {
    const [sampler, schedule] = [await made(Roles.timestepSampler, 'log-normal'), await made(Roles.schedule, 'edm')];
    expect(sampler.level(schedule, 0.5).sigma).toBeCloseTo(Math.exp(-1.2), 6);
  });
});

describe('logit-normal', () => {
  it('has its median in the middle of the flow (Esser et al. 2024)', async () => {
    const [sampler, schedule] = [await made(Roles.timestepSampler, 'logit-normal'), await made(Roles.schedule, 'flow')];
    expect(sampler.level(schedule, 0.5).t).toBeCloseTo(0.5, 6);
  });
});
