import { afterAll, describe, expect, it } from 'vitest';
import { solverOutcomes } from '../../tools/golden/solvers.js';
import { figure } from '../figure.js';

const outcomes = [...(await solverOutcomes('test/golden/solvers')), ...(await solverOutcomes('test/golden/tables'))];
const judged = outcomes.filter(({ verdict }) => verdict !== 'skipped');

describe('samplers against diffusers, k-diffusion and ComfyUI, in double precision', () => {
  it('has cases of every scheduler class that diffusers keeps, of k-diffusion and of ComfyUI', () => {
    const groups = [...new Set(judged.map(({ group }) => group))];
    expect(groups.filter((group) => group.endsWith('Scheduler')).length).toBe(33);
    expect(groups.filter((group) => group.startsWith('k-diffusion')).length).toBe(13);
    expect(groups.filter((group) => group.startsWith('ComfyUI')).length).toBe(21);
    expect(judged.length).toBeGreaterThanOrEqual(800);
  });

  it.each(judged)('$group $name', ({ reason, worst = 0 }) => {
    expect(reason).toBeUndefined();
    expect(worst).toBeLessThanOrEqual(1);
  });

  afterAll(() => {
    const passed = judged.filter(({ verdict }) => verdict === 'passed').length;
    figure('R19', `${passed} of ${judged.length} recorded runs agree with diffusers, k-diffusion and ComfyUI`);
  });

  it('says of each case that is not run why', () => {
    const skipped = outcomes.filter(({ verdict }) => verdict === 'skipped');
    expect(skipped.filter(({ reason = '' }) => reason === '')).toEqual([]);
  });
});
