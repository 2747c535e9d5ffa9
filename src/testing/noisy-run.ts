import type { NoiseLevel } from '../core/contracts/noise-level.js';
import type { Sampler } from '../core/contracts/sampler.js';
import type { Component } from '../core/math/exact-mixture.js';
import { levelOnPath } from '../core/math/levels.js';
import { normals } from '../core/random/draws.js';
import { exactDenoiseOf } from './exact-denoise.js';
import type { Solve } from '../core/loop/solve.js';

/** Half log-SNR where runs begin, and where they end: amid noise, where what a sampler adds is seen at its full size. */
const [NOISY, LESS_NOISY] = [-3, 0.5];
const LAST_TIME = 999;
const SEED = 7;

/** Data that is one number: every solver is exact on it, and the noise in its samples is all that there is. */
export const ONE_NUMBER: readonly [Component] = [{ mean: 0.3, std: 0, weight: 1 }];

/** A run on exact readings of a mixture that ends amid noise, on the path that the sampler is for. */
export function noisyRun(
  sampler: Sampler,
  steps: number,
  data: readonly Component[],
  points: number,
  lambdaMax = LESS_NOISY,
): Solve {
  const path = sampler.needs?.paths?.[0] ?? 'vp';
  const slope = (NOISY - lambdaMax) / LAST_TIME;
  const at = (t: number): NoiseLevel => levelOnPath(path, t, lambdaMax + slope * t);
  const levels = Array.from({ length: steps + 1 }, (_, i) => at(LAST_TIME * (1 - i / steps)));
  const isUpward = sampler.needs?.towards === 'noisy';
  return {
    sampler,
    levels: isUpward ? levels.toReversed() : levels,
    x: noisyData(data, levels[0] as NoiseLevel, points),
    denoise: exactDenoiseOf(data),
    schedule: { at, levelAt: (lambda) => levelOnPath(path, (lambda - lambdaMax) / slope, lambda) },
  };
}

/** Numbers of the data with the noise of a level: as many of each Gaussian as its weight says. */
function noisyData(data: readonly Component[], { alpha, sigma }: NoiseLevel, points: number): Float64Array {
  const drawn = normals({ seed: SEED, purpose: 'start', step: 0 }, 2 * points);
  return Float64Array.from({ length: points }, (_, i) => {
    let below = 0;
    const own = data.find(({ weight }) => (below += weight) > (i + 0.5) / points) ?? data.at(-1);
    const { mean = 0, std = 0 } = own ?? {};
    return alpha * (mean + std * (drawn[i] ?? 0)) + sigma * (drawn[points + i] ?? 0);
  });
}
