import { z } from 'zod';
import { positive } from '../../core/assembly/config-numbers.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { level, veLevel } from '../../core/math/levels.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';

const config = z
  .strictObject({
    sigmaMin: positive().default(0.01).describe('sigma(0)'),
    sigmaMax: positive().default(1348).describe('sigma(1): about the largest distance between two examples'),
    tMin: z.number().gt(0).lt(1).default(1e-5).describe('least time that training and sampling see'),
  })
  .refine(({ sigmaMin, sigmaMax }) => sigmaMin < sigmaMax, {
    path: ['sigmaMax'],
    error: 'sigmaMax is not above sigmaMin',
  });

/**
 * The variance-exploding SDE in continuous time: sigma grows geometrically, `sigma(t) = sigmaMin (sigmaMax /
 * sigmaMin)^t` (Song et al. 2021, equation 30). `edm` is the same path with time = sigma. When: networks of score
 * SDEs; edm is the same path with time = sigma.
 */
export const veSde = definePlugin({
  role: Roles.schedule,
  name: 've-sde',
  summary: 'The variance-exploding SDE: sigma grows geometrically.',
  reference: 'Song et al. 2021, "Score-based generative modeling through SDEs", equation 30',
  tags: {
    path: 'variance exploding',
    time: 'continuous',
    when: 'networks of score SDEs; edm is the same path with time = sigma',
  },
  config,
  create: ({ config: { sigmaMin, sigmaMax, tMin } }): NoiseSchedule => {
    const clamp = (t: number): number => Math.min(Math.max(t, tMin), 1);
    const growth = Math.log(sigmaMax / sigmaMin);
    const timeAt = (lambda: number): number => clamp((-lambda - Math.log(sigmaMin)) / growth);
    return {
      path: 've',
      tMin,
      tMax: 1,
      clean: level(0, 1, 0),
      at: (t) => level(clamp(t), 1, sigmaMin * Math.exp(growth * clamp(t))),
      timeAt,
      levelAt: (lambda) => veLevel(timeAt(lambda), lambda),
      priorStd: ({ sigma }) => sigma,
    };
  },
});
