import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { finalConfig, withFinal } from './final-level.js';
import { checkSteps } from './grid-steps.js';

/** Hundredths of the time after 0, 1, … steps, for 2 to 20 steps, with two coefficients of the search. */
const TABLES = {
  '1.1': `100 32 0|100 61 26 0|100 83 50 20 0|100 86 62 38 15 0|100 86 67 49 29 10 0|100 86 68 50 32 16 4 0
100 86 68 54 38 23 10 2 0|100 88 79 66 50 34 19 7 1 0|100 88 79 67 55 42 29 16 6 1 0
100 88 79 68 57 46 34 23 13 5 1 0|100 88 79 69 60 50 39 29 19 11 5 1 0|100 88 79 70 62 52 42 32 23 15 9 4 1 0
100 88 80 72 66 57 48 38 29 21 14 8 4 1 0|100 88 80 72 66 58 50 42 34 26 19 13 8 4 1 0
100 88 83 77 69 62 54 46 38 30 23 17 11 6 3 1 0|100 88 83 77 69 62 55 48 41 34 27 21 15 10 6 3 1 0
100 88 83 77 71 66 59 52 45 38 31 25 19 14 10 6 3 1 0|100 96 88 83 77 71 66 59 52 45 38 31 25 19 14 10 6 3 1 0
100 96 88 83 77 71 66 59 52 45 38 32 26 21 16 12 8 5 3 1 0`,
  '1.2': `100 29 0|100 49 18 0|100 61 33 11 0|100 66 42 21 6 0|100 83 57 34 15 3 0|100 83 62 42 23 8 1 0
100 83 62 45 29 15 6 1 0|100 83 66 50 34 21 11 4 1 0|100 83 66 51 38 27 17 9 4 1 0
100 83 67 54 42 30 21 13 7 3 1 0|100 83 68 56 45 34 25 17 11 6 3 1 0|100 86 71 61 49 38 29 21 15 10 6 3 1 0
100 86 71 62 50 40 31 23 17 12 8 5 3 1 0|100 88 78 68 58 48 38 30 23 17 12 8 5 3 1 0
100 88 78 68 58 48 38 30 23 17 13 9 6 4 2 1 0|100 88 78 68 58 48 38 30 23 17 13 10 7 5 3 2 1 0
100 88 78 68 59 50 41 33 26 20 15 11 8 6 4 3 2 1 0|100 88 78 68 59 50 42 34 27 21 16 12 9 7 5 4 3 2 1 0
100 88 78 68 59 50 42 34 27 21 17 13 10 8 6 5 4 3 2 1 0`,
} as const;

const config = z.strictObject({
  coefficient: z
    .enum(['1.1', '1.2'])
    .default('1.2')
    .describe('of the search: more has more levels where there is little noise'),
  final: finalConfig,
});

/**
 * Levels found by a search along the trajectories of Stable Diffusion 1, whose bends are alike for all samples: tables for
 * 2 to 20 steps in hundredths of the time (Chen et al. 2024, "On the Trajectory Regularity of ODE-based Diffusion
 * Sampling", section 4; ComfyUI, "GITS"). More steps lie on straight lines between those of 20.
 * When: that network, or one trained on the schedule `scaled-linear`, in 4 to 10 steps.
 */
export const gits = definePlugin({
  role: Roles.grid,
  name: 'gits',
  summary: 'Levels found by a search along the trajectories of Stable Diffusion 1: tables for 2 to 20 steps.',
  reference:
    'Chen et al. 2024, "On the Trajectory Regularity of ODE-based Diffusion Sampling", section 4; ComfyUI, "GITS"',
  tags: {
    spacing: 'table',
    when: 'Stable Diffusion 1, or one trained on the schedule scaled-linear, in 4 to 10 steps',
  },
  config,
  create: ({ config: { coefficient, final } }) => ({
    levels(schedule, steps) {
      checkSteps(steps);
      const { tMin, tMax } = schedule;
      const shares = sharesOf(coefficient, steps).slice(0, -1);
      return withFinal(
        shares.map((share) => schedule.at(tMin + ((tMax - tMin) * share) / 100)),
        schedule,
        final,
      );
    },
  }),
});

/** `steps + 1` hundredths of the time. */
function sharesOf(coefficient: keyof typeof TABLES, steps: number): readonly number[] {
  const tables = TABLES[coefficient].split(/[|\n]/).map((line) => line.split(' ').map(Number));
  const [longest = []] = tables.slice(-1);
  if (steps === 1) return [100, 0];
  return tables[steps - 2] ?? between(longest, steps + 1);
}

/** `count` numbers on the straight lines between those of a list, its ends included. */
function between(list: readonly number[], count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => {
    const place = (i * (list.length - 1)) / (count - 1);
    const below = Math.min(Math.floor(place), list.length - 2);
    const [from, to] = [list[below] ?? 0, list[below + 1] ?? 0];
    return from + (place - below) * (to - from);
  });
}
