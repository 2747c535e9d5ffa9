import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { finalConfig, withFinal } from './final-level.js';
import { checkSteps } from './grid-steps.js';
import { shiftTerminalConfig, stretched } from './shift-terminal.js';
import { trailingTimes } from './spaced-times.js';
import { lambdaMinConfig, timeRange } from './time-range.js';

const config = z.strictObject({
  final: finalConfig,
  lambdaMin: lambdaMinConfig,
  shiftTerminal: shiftTerminalConfig,
});

/**
 * Evenly spaced times counted from the noisiest one, which is always visited (Lin et al. 2024, "Common Diffusion Noise
 * Schedules and Sample Steps are Flawed", table 2).
 * When: discrete schedules, unless a checkpoint asks for another grid.
 */
export const trailing = definePlugin({
  role: Roles.grid,
  name: 'trailing',
  summary: 'Evenly spaced times counted from the noisiest one, which is always visited.',
  reference: 'Lin et al. 2024, "Common diffusion noise schedules and sample steps are flawed", table 2',
  tags: { spacing: 'time', when: 'discrete schedules, unless a checkpoint asks for another' },
  config,
  create: ({ config: { final, lambdaMin, shiftTerminal } }) => ({
    levels(schedule, steps) {
      const range = timeRange(schedule, lambdaMin);
      if (final === 'sigma-min') checkSteps(steps, (range.trainSteps ?? Infinity) - 1);
      const levels = trailingTimes(range, steps).map((t) => schedule.at(t));
      return withFinal(stretched(levels, schedule, shiftTerminal), schedule, final);
    },
  }),
});
