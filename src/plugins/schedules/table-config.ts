import { z } from 'zod';
import { MOST, whole } from '../../core/assembly/config-numbers.js';

/** Settings that every schedule made of a table shares: where it ends at either side. */
export const tableConfig = {
  finalAlpha: z
    .enum(['one', 'first'])
    .default('one')
    .describe('where sampling ends: without noise, or at the first level of the table'),
  zeroTerminalSnr: z
    .boolean()
    .default(false)
    .describe(
      'rescale the table so that its last level is pure noise (Lin et al. 2024); epsilon networks cannot start there',
    ),
  terminalAlphaCumprod: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('alpha² of that last level; diffusers puts 2^-24 there for solvers that divide by alpha'),
  startStd: z
    .enum(['unit', 'sigma'])
    .default('unit')
    .describe(
      'standard deviation of the noise that runs start from: 1, as of noisy data, or sigma, as of the noise in them',
    ),
};

/** Setting of schedules that make their table themselves. */
export const trainStepsConfig = whole(MOST.trainSteps)
  .default(1000)
  .describe('number of training steps: time is an index 0 … trainSteps - 1');
