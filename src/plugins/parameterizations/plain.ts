import { z } from 'zod';
import { real } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { LinearPreconditioning } from '../../core/contracts/parameterization.js';
import { PREDICTIONS, type Prediction } from '../../core/math/predictions.js';
import { definePlugin, type PluginNotes } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';

const config = z.strictObject({
  time: z
    .enum(['t', 'sigma', 'alpha', 'log-sigma'])
    .default('t')
    .describe(
      'the time that the network gets: the schedule’s t, sigma (flow networks), alpha (those whose time counts up to ' +
        'the data), or ln(sigma / alpha) / 4',
    ),
  timeScale: real().default(1).describe('factor of that time (1000 for flow networks trained on indices)'),
  wholeTime: z
    .boolean()
    .default(false)
    .describe('cut that time off to a whole number, as the multistep solvers of diffusers do on the flow path'),
  negated: z.boolean().default(false).describe('the network predicts the negative (x0 - noise of inverted flows)'),
});

const TIMES: Readonly<Record<'t' | 'sigma' | 'alpha' | 'log-sigma', (level: NoiseLevel) => number>> = {
  t: ({ t }) => t,
  sigma: ({ sigma }) => sigma,
  alpha: ({ alpha }) => alpha,
  'log-sigma': ({ lambda }) => -lambda / 4,
};

function plain<N extends Prediction>(name: N, notes: PluginNotes) {
  return definePlugin({
    role: Roles.parameterization,
    name,
    ...notes,
    config,
    create: ({ config: { time, timeScale, wholeTime, negated } }) => ({
      at: (level) => {
        const { denoised, noise } = PREDICTIONS[name](level);
        return {
          inputScale: 1,
          time: told(timeScale * TIMES[time](level), wholeTime),
          denoised: signed(denoised, negated),
          noise: signed(noise, negated),
        };
      },
    }),
  });
}

/** What rounding takes off a whole number: a time a little below one is that number. */
const ROUNDING = 1e-9;

function told(time: number, whole: boolean): number {
  return whole ? Math.floor(time + ROUNDING) : time;
}

function signed({ x, output }: LinearPreconditioning, negated: boolean): LinearPreconditioning {
  return negated ? { x, output: -output } : { x, output };
}

/**
 * The network predicts the noise (Ho et al. 2020). When: networks of DDPM and most of diffusers; not from pure noise,
 * where the noise does not determine the sample.
 */
export const epsilon = plain('epsilon', {
  summary: 'The network predicts the noise.',
  reference: 'Ho et al. 2020, section 3.2',
  tags: {
    output: 'noise',
    when: 'networks of DDPM and most of diffusers; not from pure noise, where the noise does not determine the sample',
  },
});
/**
 * The network predicts `alpha * noise - sigma * x0` (Salimans & Ho 2022). Well behaved at both ends of the path. When:
 * schedules that reach pure noise: it is well behaved at both ends.
 */
export const v = plain('v', {
  summary: 'The network predicts alpha * noise - sigma * x0.',
  reference: 'Salimans & Ho 2022, "Progressive distillation", section 4',
  tags: { output: 'v', when: 'schedules that reach pure noise: it is well behaved at both ends' },
});
/**
 * The network predicts the clean sample. Source: Salimans & Ho 2022, "Progressive distillation", section 4. When:
 * small images and points, and networks that were trained so.
 */
export const x0 = plain('x0', {
  summary: 'The network predicts the clean sample.',
  reference: 'Salimans & Ho 2022, "Progressive distillation", section 4',
  tags: { output: 'clean sample', when: 'small images and points, and networks that were trained so' },
});
/**
 * The network predicts the velocity `noise - x0` (Lipman et al. 2023). When: networks of flow matching.
 */
export const flow = plain('flow', {
  summary: 'The network predicts the velocity noise - x0.',
  reference: 'Lipman et al. 2023',
  tags: { output: 'velocity', when: 'networks of flow matching' },
});
/**
 * The network predicts the score `-noise / sigma` (Song et al. 2021). When: networks of score SDEs.
 */
export const score = plain('score', {
  summary: 'The network predicts the score -noise / sigma.',
  reference: 'Song et al. 2021, "Score-based generative modeling through SDEs"',
  tags: { output: 'score', when: 'networks of score SDEs' },
});
