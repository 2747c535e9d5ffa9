import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Roles, type NoiseLevel, type StepGrid } from 'rxdiffusion';
import { vpLevel } from 'rxdiffusion/plugin';
import { gridLaws } from 'rxdiffusion/testing';
import { create, made, pluginsOf } from '../plugins-of.js';

const pairs = pluginsOf(Roles.grid)
  .filter(([name]) => !['custom', 'flip'].includes(name))
  .flatMap(([grid, gridPlugin]) =>
    pluginsOf(Roles.schedule).map(([schedule, schedulePlugin]) => ({ grid, schedule, gridPlugin, schedulePlugin })),
  );

/** Whether a grid over sigma / alpha has no largest value of its own on a schedule. */
function endless(grid: string, schedule: string): boolean {
  return ['flow', 'trigonometric'].includes(schedule) && 'sigmaMax' in shapeOf(grid);
}

/** The settings of a grid. */
function shapeOf(grid: string): object {
  const config = pluginsOf(Roles.grid).find(([name]) => name === grid)?.[1].config;
  return config !== undefined && 'shape' in config ? (config.shape as object) : {};
}

/** `beta` has times of its own unless it is told to go over sigma. */
function overSigma(grid: string): object {
  return grid === 'beta' ? { over: 'sigma' } : {};
}

const ASKED = [1, 2, 7, 10, 50];

describe('every grid on every schedule', () => {
  it.each(pairs)('$grid on $schedule keeps the laws', async ({ grid, schedule, gridPlugin, schedulePlugin }) => {
    const config = endless(grid, schedule) ? { sigmaMax: 80 } : {};
    const parts = { grid: await create(gridPlugin, config), schedule: await create(schedulePlugin) };
    expect(() =>
      gridLaws(parts.grid, { ...parts, steps: grid === 'consistency' ? [1, 2, 7, 40] : ASKED }),
    ).not.toThrow();
  });
});

describe('grids of 1,000 training steps', () => {
  const times = async (grid: string, steps: number, config = {}): Promise<number[]> =>
    (await made(Roles.grid, grid, config)).levels(await made(Roles.schedule, 'linear'), steps).map(({ t }) => t);

  it('are those of Lin et al. 2024, table 2', async () => {
    expect(await times('leading', 10)).toEqual([900, 800, 700, 600, 500, 400, 300, 200, 100, 0, -1]);
    expect(await times('leading', 10, { offset: 1 })).toEqual([901, 801, 701, 601, 501, 401, 301, 201, 101, 1, -1]);
    expect(await times('trailing', 10)).toEqual([999, 899, 799, 699, 599, 499, 399, 299, 199, 99, -1]);
    expect(await times('linspace', 10)).toEqual([999, 888, 777, 666, 555, 444, 333, 222, 111, 0, -1]);
  });

  it('refuse more steps than there are', async () => {
    await expect(times('trailing', 1001)).rejects.toMatchObject({ code: 'RXD_REQUEST_INVALID' });
  });
});

describe('grids with names of ComfyUI', () => {
  const times = async (grid: string, steps: number): Promise<number[]> =>
    (await made(Roles.grid, grid)).levels(await made(Roles.schedule, 'scaled-linear'), steps).map(({ t }) => t);

  it('count indices from either end', async () => {
    expect(await times('simple', 7)).toEqual([999, 857, 714, 571, 428, 285, 142, -1]);
    expect(await times('ddim-uniform', 4)).toEqual([751, 501, 251, 1, -1]);
    expect(await times('normal', 4)).toEqual([999, 666, 333, 0, -1]);
    expect(await times('sgm-uniform', 4)).toEqual([999, 749.25, 499.5, 249.75, -1]);
  });

  it('linear-quadratic removes 2.5 % of the noise in the first half, the rest ever faster', async () => {
    const levels = (await made(Roles.grid, 'linear-quadratic')).levels(await made(Roles.schedule, 'flow'), 10);
    const removed = levels.map(({ sigma }) => 1 - sigma);
    [0, 0.005, 0.01, 0.015, 0.02, 0.025].forEach((part, i) => expect(removed[i]).toBeCloseTo(part, 14));
    // Both pieces have the slope 0.005 where they meet, and the second one ends at 1 after five more steps.
    expect(removed[6]).toBeCloseTo(0.025 + 0.005 + (0.975 - 0.025) / 25, 14);
    expect(removed[10]).toBe(1);
  });

  it('kl-optimal is even in the angle whose tangent is sigma', async () => {
    const levels = (await made(Roles.grid, 'kl-optimal')).levels(await made(Roles.schedule, 'edm'), 6);
    const angles = levels.slice(0, 6).map(({ sigma }) => Math.atan(sigma));
    const stride = (Math.atan(80) - Math.atan(0.002)) / 5;
    angles.slice(1).forEach((angle, i) => expect((angles[i] ?? 0) - angle).toBeCloseTo(stride, 12));
  });
});

describe('align-your-steps', () => {
  it.each([
    ['stable-diffusion-1', [999, 850, 736, 645, 545, 455, 343, 233, 124, 24]],
    ['stable-diffusion-xl', [999, 845, 730, 587, 443, 310, 193, 116, 53, 13]],
  ])('visits the published times of %s', async (table, published) => {
    const grid = await made(Roles.grid, 'align-your-steps', { table, rounding: 'nearest' });
    const levels = grid.levels(await made(Roles.schedule, 'scaled-linear'), 10);
    // The published sigmas have three digits, so an index may be off by one.
    published.forEach((t, i) => expect(Math.abs((levels[i]?.t ?? -1) - t)).toBeLessThanOrEqual(1));
  });

  it('has its table at ten steps and goes between in logarithms', async () => {
    const grid = await made(Roles.grid, 'align-your-steps', { table: 'stable-video-diffusion', final: 'sigma-min' });
    const sigmas = (steps: number): number[] =>
      grid.levels(edm, steps).map(({ sigma }) => Number(sigma.toPrecision(12)));
    const edm = await made(Roles.schedule, 'edm');
    expect(sigmas(10)).toEqual([700, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002]);
    expect(sigmas(20).filter((_, i) => i % 2 === 0)).toEqual(sigmas(10));
    expect(sigmas(20)[1]).toBeCloseTo(Math.sqrt(700 * 54.5), 8);
  });
});

describe('custom', () => {
  const lists: readonly (readonly [string, object])[] = [
    ['times', { times: [900, 500.5, 10] }],
    ['sigmas', { sigmas: [10, 2, 0.3] }],
    ['sigmas of the path', { sigmas: [0.99, 0.8, 0.1], coordinate: 'sigma' }],
    ['lambdas', { lambdas: [-3, 0, 2] }],
  ];

  it.each(lists)('keeps the laws with %s', async (_, config) => {
    const schedule = await made(Roles.schedule, 'linear');
    const grid = await made(Roles.grid, 'custom', { ...config });
    expect(() => gridLaws(grid, { schedule, steps: [3] })).not.toThrow();
  });

  it('visits what it is told', async () => {
    const schedule = await made(Roles.schedule, 'linear');
    const levels = async (config: object): Promise<readonly NoiseLevel[]> =>
      (await made(Roles.grid, 'custom', { ...config })).levels(schedule, 2);
    expect((await levels({ times: [900, 10] })).map(({ t }) => t)).toEqual([900, 10, -1]);
    expect((await levels({ lambdas: [-1, 2] })).map(({ lambda }) => lambda)).toEqual([-1, 2, Infinity]);
    const [first] = await levels({ sigmas: [0.6, 0.1], coordinate: 'sigma' });
    expect(first?.alpha).toBeCloseTo(0.8, 14);
  });

  it.each([
    [{}, 3, 'give one of'],
    [{ times: [1], lambdas: [1] }, 1, 'give one of'],
    [{ times: [900, 500] }, 3, 'RXD_REQUEST_INVALID'],
    [{ times: [500, 900] }, 2, 'does not fall'],
    [{ sigmas: [2, 2] }, 2, 'does not fall'],
    [{ times: [1000, 1] }, 2, 'lies outside'],
  ])('refuses %j for %i steps', async (config, steps, says) => {
    const schedule = await made(Roles.schedule, 'linear');
    const asked = made(Roles.grid, 'custom', config).then((grid) => grid.levels(schedule, steps));
    await expect(asked).rejects.toThrow(says);
  });
});

describe('karras', () => {
  it('spaces sigma as Karras et al. 2022, equation 5, with rho 7', async () => {
    const levels = (await made(Roles.grid, 'karras')).levels(await made(Roles.schedule, 'edm'), 4);
    const root = (sigma: number): number => sigma ** (1 / 7);
    const expected = [0, 1, 2, 3].map((i) => (root(80) + (i / 3) * (root(0.002) - root(80))) ** 7);
    levels.slice(0, 4).forEach(({ sigma }, i) => expect(sigma).toBeCloseTo(expected[i] ?? Number.NaN, 10));
  });

  it('says what to set where the schedule ends in pure noise', async () => {
    const [grid, schedule] = [await made(Roles.grid, 'karras'), await made(Roles.schedule, 'flow')];
    expect(() => grid.levels(schedule, 4)).toThrow(/RXD_COMBINATION[^]*sigmaMax/);
  });
});

/** Grids whose levels lie between two ends that may be told. */
const SIGMA_GRIDS = pluginsOf(Roles.grid).filter(([name]) => 'ends' in shapeOf(name));

/** Grids that end where the schedule does. */
const ENDED = pluginsOf(Roles.grid).filter(
  ([name]) => 'final' in shapeOf(name) && !['vp', 'align-your-steps', 'custom'].includes(name),
);

describe('where a grid ends', () => {
  const schedules = ['linear', 'cosine', 'edm', 'vp-sde'];
  it.each(ENDED)('%s at sigma-min', async (_, plugin) => {
    const grid = await create(plugin, { final: 'sigma-min' });
    for (const name of schedules) {
      const schedule = await made(Roles.schedule, name);
      expect(() => gridLaws(grid, { schedule, steps: [1, 2, 7, 10, 39] })).not.toThrow();
      expect(grid.levels(schedule, 5)[5]?.lambda).toBeCloseTo(schedule.at(schedule.tMin).lambda, 9);
    }
  });

  it('repeats what diffusers does: the least noisy level after all others, or the last one twice', async () => {
    const schedule = await made(Roles.schedule, 'linear');
    const times = async (name: string, config: object): Promise<number[]> =>
      (await made(Roles.grid, name, { ...config })).levels(schedule, 4).map(({ t }) => t);
    expect(await times('trailing', { final: 'append-sigma-min' })).toEqual([999, 749, 499, 249, 0]);
    expect(await times('leading', { final: 'append-sigma-min' })).toEqual([750, 500, 250, 0, 0]);
    expect(await times('trailing', { final: 'repeat' })).toEqual([999, 749, 499, 249, 249]);
  });
});

describe('grids over sigma', () => {
  it.each(SIGMA_GRIDS)(
    '%s keeps the laws between any two sigmas, and refuses them the wrong way round',
    (...[, plugin]) =>
      fc.assert(
        fc.asyncProperty(
          fc.double({ min: 1e-3, max: 1, noNaN: true }),
          fc.double({ min: 1.01, max: 500, noNaN: true }),
          fc.integer({ min: 1, max: 30 }),
          async (sigmaMin, factor, steps) => {
            const schedule = await made(Roles.schedule, 'linear');
            const range = { ...overSigma(plugin.name), sigmaMin, sigmaMax: sigmaMin * factor };
            const levels = (await create(plugin, range)).levels(schedule, steps);
            expect(levels.slice(1).every(({ lambda }, i) => lambda > (levels[i]?.lambda ?? Infinity))).toBe(true);
            const wrong = await create(plugin, { ...range, sigmaMin: range.sigmaMax, sigmaMax: sigmaMin });
            expect(() => wrong.levels(schedule, steps)).toThrow(/RXD_COMBINATION[^]*not below/);
          },
        ),
        { numRuns: 20 },
      ),
  );

  it.each(SIGMA_GRIDS)('%s keeps the laws where the schedule ends in pure noise, over sigma', async (_, plugin) => {
    const grid = await create(plugin, { coordinate: 'sigma' });
    for (const schedule of [
      await made(Roles.schedule, 'flow', { shift: 3 }),
      await made(Roles.schedule, 'linear', { zeroTerminalSnr: true }),
    ])
      expect(() => gridLaws(grid, { schedule })).not.toThrow();
  });

  it.each(SIGMA_GRIDS)('%s goes from sigmaMax to sigmaMin, or between the ends of a spaced grid', async (_, plugin) => {
    const schedule = await made(Roles.schedule, 'linear');
    const ends = async (config: object): Promise<number[]> => {
      const levels = (await create(plugin, { ...config, final: 'sigma-min' })).levels(schedule, 10);
      return [levels[0]?.t ?? -1, levels[10]?.t ?? -1].map((t) => Math.round(t * 1e6) / 1e6);
    };
    const sigma = (t: number): number => Math.exp(-schedule.at(t).lambda);
    expect(await ends({ sigmaMax: sigma(700), sigmaMin: sigma(20), ...overSigma(plugin.name) })).toEqual([700, 20]);
    expect(await ends({ ends: 'leading', offset: 1, ...overSigma(plugin.name) })).toEqual([901, 1]);
    expect(await ends({ ends: 'trailing', ...overSigma(plugin.name) })).toEqual([999, 99]);
  });
});

describe('gridLaws can fail', () => {
  const cases: readonly (readonly [string, (levels: readonly NoiseLevel[]) => readonly NoiseLevel[]])[] = [
    ['visits', (levels) => levels.slice(1)],
    ['rises', (levels) => levels.toReversed()],
    ['last level', (levels) => [...levels.slice(0, -1), vpLevel(0, (levels.at(-2) as NoiseLevel).lambda + 1e-3)]],
  ];
  it.each(cases)('%s', async (says, change) => {
    const schedule = await made(Roles.schedule, 'linear');
    const grid = await made(Roles.grid, 'trailing');
    const levels: StepGrid['levels'] = (...args) => change(grid.levels(...args));
    expect(() => gridLaws({ levels }, { schedule, steps: [4] })).toThrow(says);
  });

  it('a wrong number of steps that is not refused', async () => {
    const schedule = await made(Roles.schedule, 'linear');
    const grid = await made(Roles.grid, 'trailing');
    const levels: typeof grid.levels = (s, steps) => grid.levels(s, steps >= 1 ? Math.round(steps) : 1);
    expect(() => gridLaws({ levels }, { schedule, steps: [4] })).toThrow('are refused');
  });
});
