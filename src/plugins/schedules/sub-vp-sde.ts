import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { level, subVpLevel } from '../../core/math/levels.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { linearSdeConfig, logAlphaAt, timeOfLogAlpha } from './linear-sde.js';

/**
 * The sub-VP SDE in continuous time: the signal of `vp-sde` with less noise, `sigma = 1 - alpha²` (Song et al. 2021,
 * "Score-Based Generative Modeling through SDEs", section 3.4 and equation 34).
 * When: exact likelihoods, and networks that were trained on it.
 */
export const subVpSde = definePlugin({
  role: Roles.schedule,
  name: 'sub-vp-sde',
  summary: 'The sub-VP SDE in continuous time: the signal of vp-sde with less noise, sigma = 1 - alpha².',
  reference: 'Song et al. 2021, "Score-based generative modeling through SDEs", section 3.4 and equation 34',
  tags: { path: 'sub-VP', time: 'continuous', when: 'exact likelihoods' },
  config: linearSdeConfig,
  create: ({ config }): NoiseSchedule => {
    const clamp = (t: number): number => Math.min(Math.max(t, config.tMin), 1);
    const timeAt = (lambda: number): number => clamp(timeOfLogAlpha(Math.log(subVpLevel(0, lambda).alpha), config));
    return {
      path: 'sub-vp',
      tMin: config.tMin,
      tMax: 1,
      clean: level(0, 1, 0),
      at: (t) => {
        const logAlpha = logAlphaAt(clamp(t), config);
        return level(clamp(t), Math.exp(logAlpha), -Math.expm1(2 * logAlpha));
      },
      timeAt,
      levelAt: (lambda) => subVpLevel(timeAt(lambda), lambda),
      priorStd: ({ sigma }) => sigma,
    };
  },
});
