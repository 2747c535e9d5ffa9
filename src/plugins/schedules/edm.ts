import { z } from 'zod';
import { positive } from '../../core/assembly/config-numbers.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { level, veLevel } from '../../core/math/levels.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';

const config = z
  .strictObject({
    sigmaMin: positive().default(0.002).describe('least noise'),
    sigmaMax: positive().default(80).describe('most noise'),
  })
  .refine(({ sigmaMin, sigmaMax }) => sigmaMin < sigmaMax, {
    path: ['sigmaMax'],
    error: 'sigmaMax is not above sigmaMin',
  });

/**
 * The variance-exploding path `x = x0 + sigma * noise` with time = sigma, between `sigmaMin` and `sigmaMax` (Karras et
 * al. 2022, section 3 and table 1).
 * When: networks of EDM, and new ones with its parameterization.
 */
export const edm = definePlugin({
  role: Roles.schedule,
  name: 'edm',
  summary: 'The variance-exploding path x = x0 + sigma * noise with time = sigma.',
  reference: 'Karras et al. 2022, section 3',
  tags: {
    path: 'variance exploding',
    time: 'continuous',
    when: 'networks of EDM, and new ones with its parameterization',
  },
  config,
  create: ({ config: { sigmaMin, sigmaMax } }): NoiseSchedule => {
    const clamp = (sigma: number): number => Math.min(Math.max(sigma, sigmaMin), sigmaMax);
    return {
      path: 've',
      tMin: sigmaMin,
      tMax: sigmaMax,
      clean: level(0, 1, 0),
      at: (t) => level(clamp(t), 1, clamp(t)),
      timeAt: (lambda) => clamp(Math.exp(-lambda)),
      levelAt: (lambda) => veLevel(clamp(Math.exp(-lambda)), lambda),
      priorStd: ({ sigma }) => sigma,
    };
  },
});
