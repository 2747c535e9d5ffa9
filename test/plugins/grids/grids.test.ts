import { describe, expect, it } from 'vitest';
import { Roles, vpLevel, type NoiseLevel, type StepGrid } from 'rxdiffusion';
import { gridLaws } from 'rxdiffusion/testing';
import { create, made, pluginsOf } from '../plugins-of.js';

const pairs = pluginsOf(Roles.grid).flatMap(([grid, gridPlugin]) =>
  pluginsOf(Roles.schedule).map(([schedule, schedulePlugin]) => ({ grid, schedule, gridPlugin, schedulePlugin })),
);

/** Whether a grid over sigma / alpha has no largest value of its own on a schedule. */
function endless(grid: string, schedule: string): boolean {
  return schedule === 'flow' && 'sigmaMax' in shapeOf(grid);
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

describe('every grid on every schedule', () => {
  it.each(pairs)('$grid on $schedule keeps the laws', async ({ grid, schedule, gridPlugin, schedulePlugin }) => {
    const config = endless(grid, schedule) ? { sigmaMax: 80 } : {};
    const parts = { grid: await create(gridPlugin, config), schedule: await create(schedulePlugin) };
    expect(() => gridLaws(parts.grid, parts)).not.toThrow();
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

const SIGMA_GRIDS = pluginsOf(Roles.grid).filter(([name]) => 'sigmaMax' in shapeOf(name));

describe('where a grid ends', () => {
  const schedules = ['linear', 'cosine', 'edm', 'vp-sde'];
  it.each(pluginsOf(Roles.grid).filter(([name]) => 'final' in shapeOf(name)))('%s at sigma-min', async (_, plugin) => {
    const grid = await create(plugin, { final: 'sigma-min' });
    for (const name of schedules) {
      const schedule = await made(Roles.schedule, name);
      expect(() => gridLaws(grid, { schedule })).not.toThrow();
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
