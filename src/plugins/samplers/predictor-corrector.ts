import { z } from 'zod';
import { MOST, positive, whole } from '../../core/assembly/config-numbers.js';
import type { StepContext } from '../../core/contracts/sampler.js';
import type { PerSample, Vector } from '../../core/contracts/vector.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { defineSampler } from '../../core/assembly/define-sampler.js';
import { Roles } from '../../core/assembly/roles.js';

const config = z.strictObject({
  predictor: z
    .enum(['ve', 'vp'])
    .default('ve')
    .describe(
      'how the reverse SDE is discretized: variance exploding, in x / alpha (any path), or variance preserving (vp paths)',
    ),
  corrections: whole(MOST.repeats, 0).default(1).describe('Langevin steps before each step of the predictor'),
  snr: positive().default(0.15).describe('size of a Langevin step, as a ratio of signal to noise'),
  norms: z
    .enum(['sample', 'batch'])
    .default('sample')
    .describe('batch: mean norms of the whole batch, for equality with diffusers; samples then depend on each other'),
  finalNoise: z.boolean().default(false).describe('for equality with diffusers: noise in the last step too'),
  stepSigmas: z
    .tuple([positive(), positive()])
    .optional()
    .describe(
      'for equality with diffusers: predictor ve steps between sigmas that fall geometrically from one to the other, whatever the levels are',
    ),
});

type Options = z.output<typeof config>;

/**
 * Predictor and corrector of score SDEs: Langevin steps at the level of the sample, then a step of the reverse
 * diffusion (Song et al. 2021, "Score-Based Generative Modeling through SDEs", algorithms 2 to 5, equations 46 and 47;
 * without the factor alpha_i of algorithm 5, which is 1 up to the step size). `corrections + 1` network calls a step;
 * the last step adds no noise.
 * When: a thousand steps and more, to reproduce score SDEs; dpmpp-2m-sde needs thirty.
 */
export const predictorCorrector = definePlugin({
  role: Roles.sampler,
  name: 'predictor-corrector',
  summary: 'Langevin steps at the level of the sample, then a step of the reverse diffusion.',
  reference: 'Song et al. 2021, "Score-based generative modeling through SDEs", algorithms 2 to 5, equations 46 and 47',
  tags: {
    path: 'any',
    order: 1,
    stochastic: true,
    calls: 2,
    when: 'a thousand steps and more, as score SDEs were sampled; dpmpp-2m-sde needs thirty',
  },
  config,
  create: ({ config: options }) =>
    defineSampler({
      order: 1,
      stochastic: true,
      ...(options.predictor === 'vp' ? { needs: { paths: ['vp'] } } : {}),
      calls: () => options.corrections + 1,
      init: (x) => ({ x }),
      step(state, ctx) {
        let x = state.x;
        for (let k = 0; k < options.corrections; k++) x = langevin(options, x, ctx, `corrector/${k}`);
        return { x: options.predictor === 've' ? reverseExploding(options, x, ctx) : reversePreserving(x, ctx) };
      },
    }),
});

/** A Langevin step of size `2 (snr |z| / |score|)²` (algorithms 4 and 5), with `score = -noise / sigma`. */
function langevin({ snr, norms }: Options, x: Vector, ctx: StepContext, key: string): Vector {
  const { from, denoise, combine, norm, perSample, batchMean } = ctx;
  const estimate = denoise(x, from).noise;
  const drawn = ctx.noise(key);
  const size = (a: Vector): PerSample => (norms === 'batch' ? batchMean(norm(a)) : norm(a));
  const ratio = perSample('divide', size(drawn), size(estimate));
  const drift = perSample('multiply', perSample('multiply', ratio, ratio), -2 * snr ** 2 * from.sigma);
  return combine([1, x], [drift, estimate], [perSample('multiply', ratio, 2 * snr * from.sigma), drawn]);
}

/** `y' = y + (s² - s'²) score + sqrt(s² - s'²) z` in `y = x / alpha`, `s = sigma / alpha` (equation 46 on a VE SDE). */
function reverseExploding(options: Options, x: Vector, ctx: StepContext): Vector {
  const { from, to, denoise, noise, combine } = ctx;
  const estimate = denoise(x, from);
  if (from.alpha === 0) return combine([to.alpha, estimate.denoised], [to.sigma, noise()]);
  const [s, next] = stepEnds(options, ctx);
  const variance = fallOf(s ** 2, next ** 2);
  const drawn = to.sigma > 0 || options.finalNoise ? ([[to.alpha * Math.sqrt(variance), noise()]] as const) : [];
  const drift = (-to.alpha * variance * from.alpha) / from.sigma;
  return combine([to.alpha / from.alpha, x], [drift, estimate.noise], ...drawn);
}

/** How much less the second is. Two levels that should be one may differ by a rounding error, either way. */
const fallOf = (first: number, second: number): number => Math.max(0, first - second);

/** `sigma / alpha` at both ends of a step. */
function stepEnds({ stepSigmas }: Options, { from, to, index, count }: StepContext): readonly [number, number] {
  if (stepSigmas === undefined) return [from.sigma / from.alpha, to.sigma / to.alpha];
  const [high, low] = stepSigmas;
  const at = (i: number): number => high * (low / high) ** (count === 1 ? 0 : i / (count - 1));
  return [at(index), index === count - 1 ? 0 : at(index + 1)];
}

/** `x' = (2 - sqrt(1 - beta)) x + beta score + sqrt(beta) z` with `beta = 1 - (alpha / alpha')²` (equation 46 on a VP SDE). */
function reversePreserving(x: Vector, { from, to, denoise, noise, combine }: StepContext): Vector {
  const ratio = from.alpha / to.alpha;
  const beta = fallOf(1, ratio ** 2);
  const drawn = to.sigma > 0 ? ([[Math.sqrt(beta), noise()]] as const) : [];
  return combine([2 - ratio, x], [-beta / from.sigma, denoise(x, from).noise], ...drawn);
}
