import { z } from 'zod';
import { MOST, whole } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { StepContext, StepPosition } from '../../core/contracts/sampler.js';
import type { Vector } from '../../core/contracts/vector.js';
import { level as levelOf } from '../../core/math/levels.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';
import { ancestralNoise } from './ancestral-noise.js';

const config = z.strictObject({
  jumpLength: whole(MOST.repeats).default(10).describe('steps after which a run goes back to where they began'),
  jumpCount: whole(MOST.repeats).default(10).describe('how often these steps are made; 1 never goes back'),
  eta: z.number().min(0).max(1).default(1).describe('share of fresh noise in a step: 0 is ddim, 1 is ddpm'),
});

type Options = z.output<typeof config>;

/**
 * Resampling: after some ancestral steps the run adds noise back to the level where they began and repeats them, so
 * that the new part of an image comes to fit the kept part (Lugmayr et al. 2022, "RePaint", section 4.2 and algorithm
 * 1). The last steps of each jump make `(jumpCount - 1) * jumpLength` network calls more. Without `inpaint` it is a
 * slow ddpm.
 * When: requests with `inpaint`.
 */
export const repaint = definePlugin({
  role: Roles.sampler,
  name: 'repaint',
  summary: 'After some ancestral steps the run diffuses back to where they began and makes them again.',
  reference: 'Lugmayr et al. 2022, "RePaint", section 4.2 and algorithm 1',
  tags: {
    path: 'any',
    order: 1,
    stochastic: true,
    calls: 1,
    when: 'requests with inpaint: the new part comes to fit the kept part',
  },
  config,
  create: ({ config: options }) =>
    defineSampler({
      order: 1,
      stochastic: options.jumpCount > 1 || options.eta > 0,
      calls: (step) => 1 + jumpsAfter(options, step) * options.jumpLength,
      init: (x, { levels }) => ({ x, ...remembered(levels[0] ?? levelOf(0, 1, 0)) }),
      step({ x, startTime, startAlpha, startSigma }, ctx) {
        const { from, to, index, count } = ctx;
        const opens = (count - index) % options.jumpLength === 0;
        const start = opens ? from : levelOf(startTime, startAlpha, startSigma);
        let moved = ancestral(options, x, { ...ctx, key: 'down' });
        for (let k = 0; k < jumpsAfter(options, ctx); k++) {
          moved = noised(moved, { ...ctx, from: to, to: start, key: `up/${k}` });
          const levels = levelsBetween(options, start, ctx);
          levels.slice(1).forEach((next, i) => {
            const here = levels[i] as NoiseLevel;
            moved = ancestral(options, moved, { ...ctx, from: here, to: next, key: `down/${k}/${i}` });
          });
        }
        return { x: moved, ...remembered(start) };
      },
    }),
});

type Move = Omit<StepContext, 'index' | 'count'> & { readonly key: string };

/** Jumps back at the end of a step: groups of `jumpLength` steps are counted from the end of the run. */
function jumpsAfter(
  { jumpLength, jumpCount }: Options,
  { index, count }: Pick<StepPosition, 'index' | 'count'>,
): number {
  return (count - 1 - index) % jumpLength === 0 && index + 1 >= jumpLength ? jumpCount - 1 : 0;
}

/** A step of ddim or ddpm. */
function ancestral({ eta }: Options, x: Vector, { from, to, denoise, noise, combine, key }: Move): Vector {
  const estimate = denoise(x, from);
  const { kept, fresh } = ancestralNoise(from, to, eta);
  const drawn = fresh > 0 ? ([[fresh, noise(key)]] as const) : [];
  return combine([to.alpha, estimate.denoised], [kept, estimate.noise], ...drawn);
}

/** The forward process from a level to a noisier one (equation 1 of the paper, over several steps). */
function noised(x: Vector, { from, to, noise, combine, key }: Move): Vector {
  const ratio = to.alpha / from.alpha;
  return combine([ratio, x], [Math.sqrt(Math.max(0, to.sigma ** 2 - (ratio * from.sigma) ** 2)), noise(key)]);
}

/** The levels of a jump, evenly spaced in time. */
function levelsBetween({ jumpLength }: Options, start: NoiseLevel, { to, level }: StepContext): readonly NoiseLevel[] {
  const between = Array.from({ length: jumpLength - 1 }, (_, i) =>
    level({ t: start.t + ((i + 1) / jumpLength) * (to.t - start.t) }),
  );
  return [start, ...between, to];
}

function remembered({ t, alpha, sigma }: NoiseLevel) {
  return { startTime: t, startAlpha: alpha, startSigma: sigma };
}
