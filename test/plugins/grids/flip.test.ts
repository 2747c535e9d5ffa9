import { describe, expect, it } from 'vitest';
import { Roles } from 'rxdiffusion';
import { gridLaws } from 'rxdiffusion/testing';
import { made } from '../plugins-of.js';

describe('the grid flip', () => {
  it('visits the levels of another grid from clean to noisy', async () => {
    const schedule = await made(Roles.schedule, 'linear');
    const grid = await made(Roles.grid, 'flip', { of: { name: 'leading', config: { offset: 1 } } });
    expect(grid.levels(schedule, 4).map(({ t }) => t)).toEqual([-1, 1, 251, 501, 751]);
    const back = { levels: (...asked: Parameters<typeof grid.levels>) => grid.levels(...asked).toReversed() };
    expect(() => gridLaws(back, { schedule, steps: [1, 2, 7, 50] })).not.toThrow();
  });

  it('stays at the noisiest level for a last step, if told', async () => {
    const grid = await made(Roles.grid, 'flip', { repeatEnd: true });
    const levels = grid.levels(await made(Roles.schedule, 'linear'), 4);
    expect(levels.map(({ t }) => t)).toEqual([249, 499, 749, 999, 999]);
  });

  it('refuses a config that does not fit the grid', async () => {
    await expect(made(Roles.grid, 'flip', { of: { name: 'karras', config: { rho: -1 } } })).rejects.toThrow(
      'does not fit',
    );
    await expect(made(Roles.grid, 'flip', { of: { name: 'flip' } })).rejects.toThrow('name');
  });
});
