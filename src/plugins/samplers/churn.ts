import { nonNegative, positive } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { StepContext } from '../../core/contracts/sampler.js';
import type { Vector } from '../../core/contracts/vector.js';

/** How much noise is added before the steps of a run, and where (Karras et al. 2022, algorithm 2: S_churn, S_min …). */
export const churnSettings = {
  sChurn: nonNegative().default(0).describe('noise added over a whole run; 0 adds none'),
  sMin: nonNegative().default(0).describe('least sigma / alpha from which noise is added'),
  sMax: positive().optional().describe('largest sigma / alpha from which noise is added; any where absent'),
  noiseScale: nonNegative().default(1).describe('factor of the added noise (S_noise)'),
};

/** Settings of churn as they are read. */
export interface Churn {
  readonly sChurn: number;
  readonly sMin: number;
  readonly sMax?: number | undefined;
  readonly noiseScale: number;
}

/** A sample with more noise, and its level. */
export interface Churned {
  readonly x: Vector;
  readonly from: NoiseLevel;
}

/** Where a step of `churn` starts: at a higher level, up to which noise is added; or where it stands. */
export function churned(x: Vector, ctx: StepContext, churn: Churn): Churned {
  const { from, noise, combine } = ctx;
  const { level, std } = churnAt(ctx, churn);
  if (std === 0) return { x, from };
  return { x: combine([level.alpha / from.alpha, x], [level.alpha * std, noise()]), from: level };
}

/** The level up to which noise is added, and the standard deviation of that noise in `x / alpha`; 0 where none is. */
export function churnAt(
  { from, count, level }: Pick<StepContext, 'from' | 'count' | 'level'>,
  { sChurn, sMin, sMax = Infinity, noiseScale }: Churn,
): { readonly level: NoiseLevel; readonly std: number } {
  const s = from.sigma / from.alpha;
  const gamma = s >= sMin && s <= sMax && from.alpha > 0 ? Math.min(sChurn / count, Math.SQRT2 - 1) : 0;
  if (gamma === 0) return { level: from, std: 0 };
  return {
    level: level({ lambda: from.lambda - Math.log1p(gamma) }),
    std: noiseScale * s * Math.sqrt(gamma * (2 + gamma)),
  };
}
