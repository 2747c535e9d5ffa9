import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  concatLevels,
  flipLevels,
  levelsFromStrength,
  Roles,
  splitLevels,
  subdivideLevels,
  type NoiseLevel,
} from 'rxdiffusion';
import { made } from '../../plugins/plugins-of.js';

const schedules = await Promise.all(
  ['linear', 'edm', 'flow', 'trigonometric', 'sub-vp-sde'].map((name) => made(Roles.schedule, name)),
);
const trailing = await made(Roles.grid, 'trailing');
const cases = fc.record({ schedule: fc.constantFrom(...schedules), steps: fc.integer({ min: 2, max: 40 }) });

const rises = (levels: readonly NoiseLevel[]): boolean =>
  levels.slice(1).every(({ lambda }, i) => lambda > (levels[i]?.lambda ?? Infinity));

describe('operators on levels', () => {
  it('split and concat undo each other', () => {
    fc.assert(
      fc.property(cases, fc.nat(), ({ schedule, steps }, place) => {
        const levels = trailing.levels(schedule, steps);
        const [noisy, clean] = splitLevels(levels, 1 + (place % (steps - 1)));
        expect(noisy.at(-1)).toEqual(clean[0]);
        expect(concatLevels(noisy, clean)).toEqual(levels);
      }),
    );
  });

  it('flip is its own inverse and goes up', () => {
    const levels = trailing.levels(schedules[0] as (typeof schedules)[0], 5);
    expect(flipLevels(flipLevels(levels))).toEqual(levels);
    expect(flipLevels(levels)[0]).toEqual(levels.at(-1));
  });

  it('subdivide keeps every level, adds between, and keeps to the path', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 5 }), ({ schedule, steps }, parts) => {
        const levels = trailing.levels(schedule, steps);
        const finer = subdivideLevels(levels, schedule, parts);
        expect(finer).toHaveLength(steps * parts + 1);
        expect(finer.filter((_, i) => i % parts === 0)).toEqual(levels);
        expect(rises(finer)).toBe(true);
      }),
    );
  });

  it('subdivide is even in lambda', () => {
    const schedule = schedules[0] as (typeof schedules)[0];
    const [a, b] = trailing.levels(schedule, 4) as [NoiseLevel, NoiseLevel];
    const lambdas = subdivideLevels([a, b], schedule, 4).map(({ lambda }) => lambda);
    lambdas.slice(1).forEach((l, i) => expect(l - (lambdas[i] ?? 0)).toBeCloseTo((b.lambda - a.lambda) / 4, 12));
  });

  it.each([
    [1, 10],
    [0.6, 6],
    [0.04, 1],
    [0.75, 7],
  ])('strength %d runs %i of 10 steps', (strength, steps) => {
    const levels = trailing.levels(schedules[0] as (typeof schedules)[0], 10);
    const kept = levelsFromStrength(levels, strength);
    expect(kept).toHaveLength(steps + 1);
    expect(kept.at(-1)).toEqual(levels.at(-1));
  });

  it('refuse what cannot be', () => {
    const levels = trailing.levels(schedules[0] as (typeof schedules)[0], 4);
    const schedule = schedules[0] as (typeof schedules)[0];
    for (const attempt of [
      () => splitLevels(levels, 0),
      () => splitLevels(levels, 4),
      () => concatLevels(levels, levels),
      () => subdivideLevels(levels, schedule, 0),
      () => levelsFromStrength(levels, 0),
      () => levelsFromStrength(levels, 1.1),
    ])
      expect(attempt).toThrow('RXD_REQUEST_INVALID');
  });
});
