import { describe, expect, it } from 'vitest';
import { solverOutcomes } from '../../tools/golden/solvers.js';

const outcomes = await solverOutcomes('test/golden/solvers');
const judged = outcomes.filter(({ verdict }) => verdict !== 'skipped');

describe('samplers against diffusers and k-diffusion, in double precision', () => {
  it('has cases of fourteen scheduler classes and eleven samplers', () => {
    const groups = [...new Set(judged.map(({ group }) => group))];
    expect(groups.filter((group) => group.endsWith('Scheduler')).length).toBe(14);
    expect(groups.filter((group) => group.startsWith('k-diffusion')).length).toBe(11);
    expect(judged.length).toBeGreaterThanOrEqual(216);
  });

  it.each(judged)('$group $name', ({ reason, worst }) => {
    expect(reason).toBeUndefined();
    expect(worst).toBeLessThanOrEqual(1);
  });

  it('says of each case that is not run why', () => {
    const skipped = outcomes.filter(({ verdict }) => verdict === 'skipped');
    expect(skipped.filter(({ reason = '' }) => reason === '')).toEqual([]);
  });
});
