import { z } from 'zod';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';
import { discreteSchedule } from './discrete.js';

const config = z.strictObject({
  trainSteps: z.int().min(1).default(1000).describe('number of training steps'),
  offset: z.number().min(0).default(0.008).describe('s of the paper: keeps the first betas from being too small'),
  maxBeta: z.number().gt(0).lt(1).default(0.999).describe('largest beta'),
  finalAlpha: z.enum(['one', 'first']).default('one').describe('where sampling ends'),
});

/** alpha² falls like a squared cosine (Nichol & Dhariwal 2021, equation 17). Kinder to small images than `linear`. */
export const cosine = definePlugin({
  role: Roles.schedule,
  name: 'cosine',
  config,
  create: ({ config: { trainSteps, offset, maxBeta, finalAlpha } }) => {
    const alphaBar = (u: number): number => Math.cos((((u + offset) / (1 + offset)) * Math.PI) / 2) ** 2;
    const beta = (i: number): number => 1 - alphaBar((i + 1) / trainSteps) / alphaBar(i / trainSteps);
    const betas = Array.from({ length: trainSteps }, (_, i) => Math.min(beta(i), maxBeta));
    return discreteSchedule(betas, { finalAlpha });
  },
});
