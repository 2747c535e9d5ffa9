import { describe, expect, it } from 'vitest';
import { Roles, vpLevel, type NoiseLevel, type StepGrid } from 'rxdiffusion';
import { gridLaws } from 'rxdiffusion/testing';
import { create, made, pluginsOf } from '../plugins-of.js';

const pairs = pluginsOf(Roles.grid).flatMap(([grid, gridPlugin]) =>
  pluginsOf(Roles.schedule).map(([schedule, schedulePlugin]) => ({ grid, schedule, gridPlugin, schedulePlugin })),
);

describe('every grid on every schedule', () => {
  it.each(pairs)('$grid on $schedule keeps the laws', async ({ grid, schedule, gridPlugin, schedulePlugin }) => {
    const config = ['karras', 'exponential'].includes(grid) && schedule === 'flow' ? { sigmaMax: 80 } : {};
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
