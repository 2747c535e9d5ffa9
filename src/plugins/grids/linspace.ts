import { z } from 'zod';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { finalConfig, withFinal } from './final-level.js';
import { halfEven } from './half-even.js';
import { shiftTerminalConfig, stretched } from './shift-terminal.js';
import { checkPoints, linspaceTimes } from './spaced-times.js';
import { lambdaMinConfig, timeRange } from './time-range.js';

const config = z.strictObject({
  rounding: z.boolean().default(true).describe('round the times of a discrete schedule to whole indices'),
  interpolation: z
    .enum(['lambda', 'sigma'])
    .default('lambda')
    .describe('what is a straight line between two indices: lambda, or sigma / alpha as in diffusers’ Euler family'),
  extraPoint: z
    .boolean()
    .optional()
    .describe('space out one time more and leave the cleanest out; absent: where time is continuous'),
  final: finalConfig,
  lambdaMin: lambdaMinConfig,
  shiftTerminal: shiftTerminalConfig,
});

/**
 * Evenly spaced times from the noisiest to the cleanest level, both visited on a discrete schedule; then the end.
 * Source: Lin et al. 2024, "Common diffusion noise schedules and sample steps are flawed", table 2. When: schedules in
 * continuous time, flow among them.
 */
export const linspace = definePlugin({
  role: Roles.grid,
  name: 'linspace',
  summary:
    'Evenly spaced times from the noisiest to the cleanest level, both visited on a discrete schedule; then the end.',
  reference: 'Lin et al. 2024, "Common diffusion noise schedules and sample steps are flawed", table 2',
  tags: { spacing: 'time', when: 'schedules in continuous time, flow among them' },
  config,
  create: ({ config: { rounding, interpolation, extraPoint, final, lambdaMin, shiftTerminal } }) => ({
    levels(schedule, steps) {
      const range = timeRange(schedule, lambdaMin);
      const discrete = schedule.trainSteps !== undefined;
      const spare = extraPoint ?? (!discrete || final === 'sigma-min');
      if (rounding) checkPoints(range, steps, spare);
      const times = linspaceTimes(range, steps, spare).map((t) => (discrete && rounding ? halfEven(t) : t));
      const at = interpolation === 'sigma' ? sigmaBetween : levelAt;
      return withFinal(
        stretched(
          times.map((t) => at(schedule, t)),
          schedule,
          shiftTerminal,
        ),
        schedule,
        final,
      );
    },
  }),
});

function levelAt(schedule: NoiseSchedule, t: number): NoiseLevel {
  return schedule.at(t);
}

/** The level at a time between two indices, sigma / alpha on the straight line between theirs. */
function sigmaBetween(schedule: NoiseSchedule, t: number): NoiseLevel {
  const below = Math.floor(t);
  if (schedule.trainSteps === undefined || below === t) return schedule.at(t);
  const [low, high] = [Math.exp(-schedule.at(below).lambda), Math.exp(-schedule.at(below + 1).lambda)];
  return { ...schedule.levelAt(-Math.log(low + (t - below) * (high - low))), t };
}
