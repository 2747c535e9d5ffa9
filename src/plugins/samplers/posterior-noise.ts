import type { StepContext } from '../../core/contracts/sampler.js';
import type { Term, Vector } from '../../core/contracts/vector.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';

/** How much noise a step of ddpm draws. */
export const POSTERIOR_VARIANCES = [
  ...(['fixed-small', 'fixed-small-log', 'fixed-large', 'fixed-large-log'] as const),
  ...(['learned', 'learned-range', 'learned-direct'] as const),
] as const;

type PosteriorVariance = (typeof POSTERIOR_VARIANCES)[number];

/** Least variance whose logarithm is taken. */
const FLOOR = 1e-20;

/**
 * The noise that a step adds, as terms of a combination. The variances of Ho et al. 2020, section 3.2, on any path: beta
 * of the step is `sigma² - (alpha / alpha')² sigma'²`, the posterior's is beta times `(sigma' / sigma)²`. Learned ones,
 * element by element: `exp(v)`, or between the logarithms of the two by `(v + 1) / 2` (Nichol & Dhariwal 2021, eq. 15).
 */
export function posteriorNoise(
  kind: PosteriorVariance,
  { from, to, noise, combine, multiply, exp, sqrt, clip }: StepContext,
  learned: Vector | undefined,
): readonly Term[] {
  const large = Math.max(0, from.sigma ** 2 - (from.alpha / to.alpha) ** 2 * to.sigma ** 2);
  const small = large * (to.sigma / from.sigma) ** 2;
  if (kind === 'fixed-small' || kind === 'fixed-small-log') return fixed(small, noise);
  if (kind === 'fixed-large' || kind === 'fixed-large-log') return fixed(large, noise);
  const output = learned ?? refuse(kind);
  if (kind === 'learned') return [[1, multiply(exp(combine([0.5, output])), noise())]];
  if (kind === 'learned-direct') return [[1, multiply(sqrt(clip(output, 0, Infinity)), noise())]];
  const [low, high] = [Math.log(Math.max(small, FLOOR)), Math.log(Math.max(large, FLOOR))];
  const deviation = exp(combine([(high - low) / 4, output]));
  return [[Math.exp((low + high) / 4), multiply(deviation, noise())]];
}

function fixed(variance: number, noise: StepContext['noise']): readonly Term[] {
  return variance > 0 ? [[Math.sqrt(variance), noise()]] : [];
}

function refuse(kind: PosteriorVariance): never {
  throw new DiffusionError('RXD_COMBINATION', {
    problem: 'the sampler needs a learned variance, and the network’s output has none',
    got: `ddpm with variance ${kind}, and a network without variance channels`,
    expected: 'a network with twice as many output channels as its samples have',
    fix: 'choose fixed-small or fixed-large, or a network that learns its variance',
  });
}
