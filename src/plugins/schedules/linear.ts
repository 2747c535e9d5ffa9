import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { betaRange, linspace } from './beta-range.js';
import { discreteSchedule } from './discrete.js';

/**
 * Betas that grow linearly with the training step; alpha² is the product of `1 - beta` (Ho et al. 2020, section 4 and
 * equation 4). Of small images little is left in its second half (Nichol & Dhariwal 2021, section 3.2).
 * When: the usual first choice for images as pixels.
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
