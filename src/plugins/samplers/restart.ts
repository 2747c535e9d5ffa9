import { z } from 'zod';
import { MOST, listOf, positive, whole } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { StepContext, StepPosition } from '../../core/contracts/sampler.js';
import type { Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { heunStep } from './heun-step.js';

const interval = z.strictObject({
  sMin: positive().describe('sigma / alpha where a restart begins: at the first level that is not above it'),
  sMax: positive().describe('sigma / alpha up to which noise is added'),
  steps: whole(MOST.repeats).describe('steps back down, spaced as in the karras grid'),
  times: whole(MOST.repeats).describe('how often that is done'),
});

const config = z.strictObject({
  intervals: listOf(interval, MOST.repeats, 0)
    .default([{ sMin: 0.1, sMax: 2, steps: 5, times: 2 }])
    .describe('where the run goes back; none makes it heun'),
});

type Interval = z.output<typeof interval>;

/**
 * Restart: heun, which at some levels adds the noise that leads from `sMin` up to `sMax` and solves the ODE down again,
 * several times; large noise contracts accumulated errors, where the churn of edm adds a little everywhere (Xu et al.
 * 2023, "Restart Sampling for Improving Generative Processes", algorithm 1). A step that restarts makes `2 * steps *
 * times` network calls more.
 * When: 20 steps and more, where quality matters more than calls.
 */
export const restart = definePlugin({
  role: Roles.sampler,
  name: 'restart',
  summary: 'heun, which at some levels adds noise, goes back and solves the ODE down again.',
  reference: 'Xu et al. 2023, "Restart sampling for improving generative processes", algorithm 1',
  tags: {
    path: 'any',
    order: 1,
    stochastic: true,
    calls: 2,
    when: '20 steps and more: large noise contracts accumulated errors',
  },
  config,
  create: ({ config: { intervals } }) =>
    defineSampler({
      order: intervals.length > 0 ? 1 : 2,
      stochastic: intervals.length > 0,
      calls: (step) =>
        (step.to.sigma === 0 ? 1 : 2) +
        2 * due(intervals, step).reduce((sum, { steps, times }) => sum + steps * times, 0),
      init: (x) => ({ x }),
      step: (state, ctx) => {
        let x = heunStep(state.x, ctx);
        due(intervals, ctx).forEach((each, which) => {
          for (let k = 0; k < each.times; k++) x = restarted(x, ctx, each, `restart/${which}/${k}`);
        });
        return { x };
      },
    }),
});

/** The restarts at the end of a step. From the clean level there is no way back. */
function due(intervals: readonly Interval[], { from, to }: Pick<StepPosition, 'from' | 'to'>): readonly Interval[] {
  const [before, after] = [from.sigma / from.alpha, to.sigma / to.alpha];
  return intervals.filter(({ sMin, sMax }) => after > 0 && after <= sMin && before > sMin && sMax > after);
}

/** Up from the end of a step by fresh noise, and down again on the ODE. */
function restarted(x: Vector, ctx: StepContext, { sMax, steps }: Interval, key: string): Vector {
  const { to, combine, noise } = ctx;
  const levels = levelsDown(ctx, sMax, steps);
  const top = levels[0] as NoiseLevel;
  const std = top.alpha * Math.sqrt(sMax ** 2 - (to.sigma / to.alpha) ** 2);
  let back = combine([top.alpha / to.alpha, x], [std, noise(key)]);
  levels.slice(1).forEach((next, i) => (back = heunStep(back, { ...ctx, from: levels[i] as NoiseLevel, to: next })));
  return back;
}

/** Levels from `sMax` to the end of the step (Karras et al. 2022, equation 5, with rho 7). */
function levelsDown({ to, level }: StepContext, sMax: number, steps: number): readonly NoiseLevel[] {
  const [high, low] = [sMax ** (1 / 7), (to.sigma / to.alpha) ** (1 / 7)];
  const noisy = Array.from({ length: steps }, (_, i) =>
    level({ lambda: -7 * Math.log(high + (i / steps) * (low - high)) }),
  );
  return [...noisy, to];
}
