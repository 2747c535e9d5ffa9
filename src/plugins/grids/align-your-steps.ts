import { z } from 'zod';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { finalConfig, withFinal } from './final-level.js';
import { checkSteps } from './grid-steps.js';
import { rounded, roundingConfig } from './rounding.js';

/** sigma / alpha after 0 … 10 steps, as the authors published them beside the paper. */
const TABLES = {
  'stable-diffusion-1': [14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029],
  'stable-diffusion-xl': [14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.38, 0.234, 0.113, 0.029],
  'stable-video-diffusion': [700, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002],
} as const;

const config = z.strictObject({
  table: z
    .enum(['stable-diffusion-1', 'stable-diffusion-xl', 'stable-video-diffusion'])
    .default('stable-diffusion-1')
    .describe('the network that the levels were optimised for'),
  rounding: roundingConfig,
  final: finalConfig,
});

/**
 * Levels optimised for one network and its data (Sabour et al. 2024, "Align your steps"): tables of ten steps; other
 * numbers of steps by straight lines in ln(sigma / alpha), as the authors advise. When: the network is one of those
 * that the tables were made for, in about ten steps.
 */
export const alignYourSteps = definePlugin({
  role: Roles.grid,
  name: 'align-your-steps',
  summary: 'Levels optimised for one network and its data: tables of ten steps, other numbers in between.',
  reference: 'Sabour et al. 2024, "Align your steps"',
  tags: { spacing: 'table', when: 'the network is one of those that the tables were made for, in about ten steps' },
  config,
  create: ({ config: { table, rounding, final } }) => ({
    levels(schedule, steps) {
      checkSteps(steps);
      const place = (sigma: number): NoiseLevel => rounded(schedule, schedule.levelAt(-Math.log(sigma)), rounding);
      const levels = logLinear(TABLES[table], steps + 1).map(place);
      return final === 'sigma-min' ? levels : withFinal(levels.slice(0, -1), schedule, final);
    },
  }),
});

/** `count` numbers between the first and the last of a falling table, straight lines of their logarithms between its entries. */
function logLinear(table: readonly number[], count: number): number[] {
  const last = table.length - 1;
  return Array.from({ length: count }, (_, i) => {
    const place = (i * last) / Math.max(1, count - 1);
    const below = Math.min(Math.floor(place), last - 1);
    const [from, to] = [table[below] as number, table[below + 1] as number];
    return Math.exp(Math.log(from) + (place - below) * Math.log(to / from));
  });
}
