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
  const names = ['linear', 'scaled-linear', 'cosine', 'sigmoid', 'sigmoid-alpha', 'laplace', 'exp'];

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

describe('zero terminal SNR (Lin et al. 2024, algorithm 1)', () => {
  const tables = pluginsOf(Roles.schedule).filter(
    ([, { config }]) => 'shape' in config && 'zeroTerminalSnr' in (config.shape as object),
  );

  it.each(tables)('%s ends in pure noise, starts where it did, and keeps the laws', async (_, definition) => {
    const [plain, rescaled] = [await create(definition), await create(definition, { zeroTerminalSnr: true })];
    const last = rescaled.at(rescaled.tMax);
    expect(last).toMatchObject({ alpha: 0, sigma: 1, lambda: -Infinity });
    expect(rescaled.at(0).alpha).toBeCloseTo(plain.at(0).alpha, 14);
    expect(() => scheduleLaws(rescaled)).not.toThrow();
  });

  it('covers every schedule of a table', () => expect(tables.length).toBe(9));

  it('keeps the laws between the last two indices, where alpha falls in a straight line', async () => {
    const schedule = await made(Roles.schedule, 'linear', { zeroTerminalSnr: true, trainSteps: 4 });
    expect(schedule.at(2.5).alpha).toBeCloseTo(schedule.at(2).alpha / 2, 15);
    expect(() => scheduleLaws(schedule)).not.toThrow();
  });

  it('can leave the 2^-24 that diffusers puts there', async () => {
    const config = { zeroTerminalSnr: true, terminalAlphaCumprod: 2 ** -24 };
    expect((await made(Roles.schedule, 'scaled-linear', config)).at(999).alpha ** 2).toBeCloseTo(2 ** -24, 22);
  });

  it.each(tables)('falls to it level by level, which the shifted curve alone does not: %s', async (_, definition) => {
    const schedule = await create(definition, { zeroTerminalSnr: true, terminalAlphaCumprod: 2 ** -24 });
    expect(() => scheduleLaws(schedule)).not.toThrow();
    await expect(create(definition, { zeroTerminalSnr: true, terminalAlphaCumprod: 0.9999999 })).rejects.toThrow(
      /RXD_PLUGIN_CONFIG[^]*terminalAlphaCumprod/,
    );
  });
});

describe('flow', () => {
  it('shifts its times as Esser et al. 2024, equation 23', async () => {
    const schedule = await made(Roles.schedule, 'flow', { shift: 3 });
    for (const t of [0.1, 0.4, 0.9, 1]) expect(schedule.at(t).sigma).toBeCloseTo((3 * t) / (1 + 2 * t), 15);
    expect(schedule.at(1)).toMatchObject({ alpha: 0, sigma: 1 });
    expect(() => scheduleLaws(schedule)).not.toThrow();
  });

  it.each([
    [{ mu: 0.9 }, Math.exp(0.9)],
    [{ mu: 0.9, kind: 'linear' }, 0.9],
    [{ sequenceLength: 256 }, Math.exp(0.5)],
    [{ sequenceLength: 4096 }, Math.exp(1.15)],
    [{ sequenceLength: 2176 }, Math.exp(0.825)],
  ])('finds its shift from %j', async (dynamicShift, shift) => {
    const dynamic = await made(Roles.schedule, 'flow', { dynamicShift });
    const fixed = await made(Roles.schedule, 'flow', { shift });
    for (const t of [0.1, 0.4, 0.9]) expect(dynamic.at(t).sigma).toBeCloseTo(fixed.at(t).sigma, 14);
  });

  it('refuses a dynamic shift without a size, and with two', async () => {
    await expect(made(Roles.schedule, 'flow', { dynamicShift: {} })).rejects.toThrow('either mu or sequenceLength');
    const both = { mu: 1, sequenceLength: 256 };
    await expect(made(Roles.schedule, 'flow', { dynamicShift: both })).rejects.toThrow('either mu or sequenceLength');
  });
});

describe('SDEs of Song et al. 2021', () => {
  it('vp-sde is the limit of the linear betas', async () => {
    const [discrete, sde] = [
      await made(Roles.schedule, 'linear', { trainSteps: 20_000, betaStart: 0.1 / 20_000, betaEnd: 20 / 20_000 }),
      await made(Roles.schedule, 'vp-sde'),
    ];
    for (const t of [0.1, 0.5, 0.9]) expect(sde.at(t).lambda).toBeCloseTo(discrete.at(t * 20_000 - 1).lambda, 2);
  });

  it('sub-vp-sde has the signal of vp-sde and its variance squared', async () => {
    const [vp, sub] = [await made(Roles.schedule, 'vp-sde'), await made(Roles.schedule, 'sub-vp-sde')];
    for (const t of [0.01, 0.5, 1]) {
      expect(sub.at(t).alpha).toBe(vp.at(t).alpha);
      expect(sub.at(t).sigma).toBeCloseTo(vp.at(t).sigma ** 2, 15);
    }
  });

  it('ve-sde grows geometrically', async () => {
    const schedule = await made(Roles.schedule, 've-sde', { sigmaMin: 0.01, sigmaMax: 100 });
    expect(schedule.at(0.5).sigma).toBeCloseTo(1, 14);
    expect(schedule.at(1).sigma).toBeCloseTo(100, 12);
  });
});

describe('schedules of your own', () => {
  it.each(['vp', 've', 'flow', 'sub-vp'])('custom-lambda keeps the laws on the path %s', async (path) => {
    const points = [
      [0, 6],
      [2, 1],
      [10, -4],
    ];
    const schedule = await made(Roles.schedule, 'custom-lambda', { path, points });
    expect(schedule.at(1).lambda).toBeCloseTo(3.5, 14);
    expect(() => scheduleLaws(schedule)).not.toThrow();
  });

  it('custom-betas and custom-alphas-cumprod of the same numbers are one schedule', async () => {
    const linear = await made(Roles.schedule, 'linear', { trainSteps: 20 });
    const alphasCumprod = Array.from({ length: 20 }, (_, t) => linear.at(t).alpha ** 2);
    const betas = alphasCumprod.map((product, t) => 1 - product / (alphasCumprod[t - 1] ?? 1));
    for (const own of [
      await made(Roles.schedule, 'custom-betas', { betas }),
      await made(Roles.schedule, 'custom-alphas-cumprod', { alphasCumprod }),
    ])
      for (const t of [0, 7.5, 19]) expect(own.at(t).lambda).toBeCloseTo(linear.at(t).lambda, 10);
  });

  it.each([
    ['custom-betas', { betas: [] }],
    ['custom-betas', { betas: [0.1, 1] }],
    ['custom-alphas-cumprod', { alphasCumprod: [0.9, 0.9] }],
    ['custom-alphas-cumprod', { alphasCumprod: [0.5, 0.9] }],
    [
      'custom-lambda',
      {
        points: [
          [0, 1],
          [1, 2],
        ],
      },
    ],
    [
      'custom-lambda',
      {
        points: [
          [1, 2],
          [0, 1],
        ],
      },
    ],
  ])('%s refuses %j', async (name, config) => {
    await expect(made(Roles.schedule, name, config)).rejects.toThrow(/too_small|too_big|do not fall/i);
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
