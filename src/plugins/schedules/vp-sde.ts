import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { level, vpLevel } from '../../core/math/levels.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { linearSdeConfig, timeOfLogAlpha, logAlphaAt } from './linear-sde.js';

/**
 * The variance-preserving SDE in continuous time: beta(t) grows linearly, so that `ln alpha = -t² (betaMax - betaMin)
 * / 4 - t betaMin / 2` (Song et al. 2021, "Score-based generative modeling through stochastic differential equations",
 * equation 33). When: networks of score SDEs on times 0 to 1.
 */
export const vpSde = definePlugin({
  role: Roles.schedule,
  name: 'vp-sde',
  summary: 'The variance-preserving SDE: beta(t) grows linearly.',
  reference: 'Song et al. 2021, "Score-based generative modeling through SDEs", equation 33',
  tags: { path: 'variance preserving', time: 'continuous', when: 'networks of score SDEs on times 0 to 1' },
  config: linearSdeConfig,
  create: ({ config }): NoiseSchedule => {
    const clamp = (t: number): number => Math.min(Math.max(t, config.tMin), 1);
    // alpha² = 1 / (1 + exp(-2 lambda)).
    const timeAt = (lambda: number): number => clamp(timeOfLogAlpha(-Math.log1p(Math.exp(-2 * lambda)) / 2, config));
    return {
      path: 'vp',
      tMin: config.tMin,
      tMax: 1,
      clean: level(0, 1, 0),
      at: (t) => {
        const logAlpha = logAlphaAt(clamp(t), config);
        return level(clamp(t), Math.exp(logAlpha), Math.sqrt(-Math.expm1(2 * logAlpha)));
      },
      timeAt,
      levelAt: (lambda) => vpLevel(timeAt(lambda), lambda),
      priorStd: () => 1,
    };
  },
});
