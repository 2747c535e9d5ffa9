import { z } from 'zod';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { churned, churnSettings } from './churn.js';
import { heunStep } from './heun-step.js';

const config = z.strictObject({
  ...churnSettings,
  sChurn: churnSettings.sChurn.default(40),
  sMin: churnSettings.sMin.default(0.05),
  sMax: churnSettings.sMax.default(50),
  noiseScale: churnSettings.noiseScale.default(1.003),
});

/**
 * EDM's stochastic sampler: before each step noise is added, the network reads the noisier sample at its own level, and
 * heun takes it to the next (Karras et al. 2022, algorithm 2; the defaults are table 5's for ImageNet-64). Two network
 * calls a step, one in a step to the clean level. The added noise corrects errors of earlier steps; `sChurn` 0 is heun.
 * When: hundreds of steps, where quality matters more than time.
 */
export const edm = definePlugin({
  role: Roles.sampler,
  name: 'edm',
  summary: "EDM's stochastic sampler: noise is added before each step, and heun takes the noisier sample down.",
  reference: 'Karras et al. 2022, algorithm 2; defaults of table 5 for ImageNet-64',
  tags: {
    path: 'any',
    order: 1,
    stochastic: true,
    calls: 2,
    when: 'hundreds of steps, where quality matters more than time',
  },
  config,
  create: ({ config: churn }) =>
    defineSampler({
      order: churn.sChurn > 0 ? 1 : 2,
      stochastic: churn.sChurn > 0,
      calls: ({ to }) => (to.sigma === 0 ? 1 : 2),
      init: (x) => ({ x }),
      step: (state, ctx) => {
        const { x, from } = churned(state.x, ctx, churn);
        return { x: heunStep(x, { ...ctx, from }) };
      },
    }),
});
