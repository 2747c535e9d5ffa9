import { z } from 'zod';
import { positive } from '../../core/assembly/config-numbers.js';
import type { StepContext } from '../../core/contracts/sampler.js';
import type { Vector } from '../../core/contracts/vector.js';
import { churnAt, type Churn } from './churn.js';

/** The switch that repeats diffusers' churn. */
export const lateChurnSetting = z
  .union([z.enum(['epsilon', 'v', 'x0']), positive()])
  .optional()
  .describe(
    'for equality with diffusers only: noise is added after the network ran, which biases samples; says what the network predicts, for edm networks by the std of the data',
  );

/** Settings of late churn as they are read. */
export interface LateChurn extends Churn {
  readonly lateChurn: 'epsilon' | 'v' | 'x0' | number;
}

/**
 * Euler's step as diffusers' EulerDiscrete and EDMEuler make it with churn: the sample with added noise is read with the
 * output that the network gave before.
 */
export function lateChurnedEuler(x: Vector, ctx: StepContext, churn: LateChurn): Vector {
  const { from, to, denoise, noise, combine } = ctx;
  const estimate = denoise(x, from);
  if (from.alpha === 0) return combine([to.alpha, estimate.denoised], [to.sigma, estimate.noise]);
  const { level, std } = churnAt(ctx, churn);
  const [s, high, next] = [from, level, to].map(({ alpha, sigma }) => sigma / alpha) as [number, number, number];
  const width = next - high;
  const slope = slopeOf(churn.lateChurn, s, high);
  return combine(
    [(to.alpha / from.alpha) * (1 + width * slope.sample), x],
    [to.alpha * width * slope.noise, estimate.noise],
    ...(std === 0 ? [] : ([[to.alpha * std * (1 + width * slope.added), noise()]] as const)),
  );
}

/** Weights of `x / alpha`, of the estimated noise and of the added noise in the slope that diffusers takes. */
function slopeOf(
  read: LateChurn['lateChurn'],
  s: number,
  high: number,
): { readonly sample: number; readonly noise: number; readonly added: number } {
  if (read === 'epsilon') return { sample: 0, noise: 1, added: 0 };
  if (read === 'x0') return { sample: 0, noise: s / high, added: 1 / high };
  if (read === 'v') return { sample: 0, noise: s / high, added: s ** 2 / (s ** 2 + 1) / high };
  const rest = (sigma: number): number => sigma ** 2 / (sigma ** 2 + read ** 2);
  const ratio = Math.sqrt(rest(high) / rest(s));
  return {
    sample: (rest(high) - ratio * rest(s)) / high,
    noise: (ratio * s) / high,
    added: rest(high) / high,
  };
}

/**
 * Heun's step on the velocity as diffusers' FlowMatchHeun makes it with churn: it adds noise as if the path were
 * variance exploding, weighs the first velocity by `sigma / sigma_hat`, and shares the churn out over network calls.
 */
export function lateChurnedFlowHeun(
  x: Vector,
  ctx: StepContext,
  { sChurn, sMin, sMax = Infinity, noiseScale }: Churn,
): Vector {
  const { from, to, count, denoise, noise, combine } = ctx;
  const gamma = from.sigma >= sMin && from.sigma <= sMax ? Math.min(sChurn / (2 * count - 1), Math.SQRT2 - 1) : 0;
  const first = denoise(x, from);
  const std = noiseScale * from.sigma * Math.sqrt(gamma * (2 + gamma));
  const noisier = std === 0 ? x : combine([1, x], [std, noise()]);
  const width = to.sigma - from.sigma * (1 + gamma);
  const velocity = width / (1 + gamma);
  const predicted = combine([1, noisier], [velocity, first.noise], [-velocity, first.denoised]);
  if (to.sigma === 0) return predicted;
  const second = denoise(predicted, to);
  const [half, other] = [velocity / 2, width / 2];
  return combine(
    [1, noisier],
    [half, first.noise],
    [-half, first.denoised],
    [other, second.noise],
    [-other, second.denoised],
  );
}
