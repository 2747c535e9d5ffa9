import { z } from 'zod';
import { positive, real } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { alphaBarConfig, betasOf } from './betas-of.js';
import { discreteSchedule } from './discrete.js';

const config = z.strictObject({
  mean: real().default(0).describe('log-SNR of the most frequent level'),
  width: positive().default(0.5).describe('b of the paper: spread of the log-SNR'),
  ...alphaBarConfig,
});

/** Keeps the logarithm finite at both ends. */
const EDGE = 1e-6;

/**
 * Log-SNR with a Laplace distribution: most levels lie where signal and noise are equal (Hang et al. 2024, "Improved
 * noise schedule for diffusion training"). The table takes the square root of the signal's share for alpha², as the
 * checkpoints that name this schedule were trained with. When: checkpoints that name it.
 */
export const laplace = definePlugin({
  role: Roles.schedule,
  name: 'laplace',
  summary: 'Log-SNR with a Laplace distribution: most levels lie where signal and noise are equal.',
  reference: 'Hang et al. 2024, "Improved noise schedule for diffusion training"',
  tags: { path: 'variance preserving', time: 'discrete', when: 'checkpoints that name it' },
  config,
  create: ({ config: { trainSteps, mean, width, maxBeta, ...options } }) => {
    const alphaBar = (u: number): number => {
      const logSnr = mean - width * (u > 0.5 ? -1 : 1) * Math.log(1 - 2 * Math.abs(0.5 - u) + EDGE);
      const snr = Math.exp(logSnr);
      return Math.sqrt(snr / (1 + snr));
    };
    return discreteSchedule(betasOf(alphaBar, trainSteps, maxBeta), options);
  },
});
