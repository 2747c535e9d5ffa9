import { z } from 'zod';
import { nonNegative } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { alphaBarConfig, betasOf } from './betas-of.js';
import { discreteSchedule } from './discrete.js';

const config = z.strictObject({
  offset: nonNegative().default(0.008).describe('s of the paper: keeps the first betas from being too small'),
  ...alphaBarConfig,
});

/**
 * alpha² falls like a squared cosine (Nichol & Dhariwal 2021, equation 17). It adds noise more slowly than `linear`, so
 * that small images are not destroyed within the first part of the path.
 * When: small images.
 */
export const cosine = definePlugin({
  role: Roles.schedule,
  name: 'cosine',
  summary: 'alpha² falls like a squared cosine.',
  reference: 'Nichol & Dhariwal 2021, equation 17',
  tags: {
    path: 'variance preserving',
    time: 'discrete',
    when: 'small images: it destroys them more slowly than linear',
  },
  config,
  create: ({ config: { trainSteps, offset, maxBeta, ...options } }) => {
    const alphaBar = (u: number): number => Math.cos((((u + offset) / (1 + offset)) * Math.PI) / 2) ** 2;
    return discreteSchedule(betasOf(alphaBar, trainSteps, maxBeta), options);
  },
});
