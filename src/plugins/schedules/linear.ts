import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { betaRange, linspace } from './beta-range.js';
import { discreteSchedule } from './discrete.js';

/**
 * Betas that grow linearly (Ho et al. 2020, section 4). The usual start for pixels. When: the usual start for pixels.
 */
export const linear = definePlugin({
  role: Roles.schedule,
  name: 'linear',
  summary: 'Betas that grow linearly.',
  reference: 'Ho et al. 2020, section 4',
  tags: { path: 'variance preserving', time: 'discrete', when: 'the usual start for pixels' },
  config: betaRange(1e-4, 0.02),
  create: ({ config: { trainSteps, betaStart, betaEnd, ...options } }) =>
    discreteSchedule(linspace(betaStart, betaEnd, trainSteps), options),
});
