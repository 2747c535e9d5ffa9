import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Roles, type NoiseSchedule } from 'rxdiffusion';
import { scheduleLaws } from 'rxdiffusion/testing';
import { create, made, pluginsOf } from '../plugins-of.js';

describe('every schedule', () => {
  it.each(pluginsOf(Roles.schedule))('%s keeps the laws', async (_, definition) => {
    const schedule = await create(definition);
    expect(() => scheduleLaws(schedule)).not.toThrow();
  });
});

describe('discrete schedules', () => {
  const names = ['linear', 'scaled-linear', 'cosine'];

  it.each(names)('%s: q(x_t | x_0) by steps equals by jump', async (name) => {
    const schedule = await made(Roles.schedule, name);
    let [signal, variance] = [1, 0];
    for (let t = 0; t < (schedule.trainSteps ?? 0); t++) {
      const { alpha, sigma } = schedule.at(t);
      const before = t === 0 ? 1 : schedule.at(t - 1).alpha;
      const beta = 1 - (alpha / before) ** 2;
      [signal, variance] = [signal * Math.sqrt(1 - beta), variance * (1 - beta) + beta];
      if (t % 37 !== 0) continue;
      expect(signal).toBeCloseTo(alpha, 12);
      expect(variance).toBeCloseTo(sigma ** 2, 12);
    }
  });

  it('keep the laws for any betas that can be', async () => {
    const args = fc.record({
      trainSteps: fc.integer({ min: 2, max: 300 }),
      betaStart: fc.double({ min: 1e-5, max: 0.02, noNaN: true }),
      betaEnd: fc.double({ min: 0.021, max: 0.3, noNaN: true }),
    });
    const linear = await made(Roles.schedule, 'linear');
    expect(linear.trainSteps).toBe(1000);
    await fc.assert(
      fc.asyncProperty(args, async (config) => scheduleLaws(await made(Roles.schedule, 'linear', config))),
      { numRuns: 50 },
    );
  });

  it('are what Ho et al. 2020 and Nichol & Dhariwal 2021 say at a few places', async () => {
    const linear = await made(Roles.schedule, 'linear');
    expect(linear.at(0).alpha ** 2).toBeCloseTo(1 - 1e-4, 12);
    expect(linear.at(999).alpha ** 2).toBeCloseTo(4.0358e-5, 8);
    const cosine = await made(Roles.schedule, 'cosine');
    const closed = (t: number): number => Math.cos((((t + 1) / 1000 + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
    for (const t of [0, 100, 500, 900]) expect(cosine.at(t).alpha ** 2).toBeCloseTo(closed(t) / closed(-1), 9);
  });

  it('end where they are told to', async () => {
    const first = await made(Roles.schedule, 'linear', { finalAlpha: 'first' });
    expect(first.clean).toEqual(first.at(0));
    expect((await made(Roles.schedule, 'linear')).clean).toMatchObject({ alpha: 1, sigma: 0, lambda: Infinity });
  });
});

describe('scheduleLaws can fail', () => {
  const broken: readonly (readonly [string, (schedule: NoiseSchedule) => Partial<NoiseSchedule>])[] = [
    ['falls strictly', ({ at, tMin }) => ({ at: () => at(tMin) })],
    ['timeAt undoes at', ({ tMin }) => ({ timeAt: () => tMin })],
    ['vp path', () => ({ path: 've' })],
    ['that lambda', ({ at, tMax }) => ({ levelAt: () => at(tMax) })],
    ['clean level', ({ at, tMax }) => ({ clean: at(tMax) })],
    ['prior', () => ({ priorStd: () => 0 })],
  ];
  it.each(broken)('%s', async (says, change) => {
    const schedule = await made(Roles.schedule, 'linear');
    const law = says === 'vp path' ? 've path' : says;
    expect(() => scheduleLaws({ ...schedule, ...change(schedule) })).toThrow(law);
  });
});
