import type { NoiseLevel } from '../contracts/noise-level.js';
import type { Sampler } from '../contracts/sampler.js';
import { THREE_GAUSSIANS, type Component } from '../math/exact-mixture.js';
import { levelOnPath } from '../math/levels.js';
import { normals } from '../random/draws.js';
import { lawsOf } from './broken-law.js';
import { exactDenoiseOf } from './exact-denoise.js';
import { keyedNoise } from './keyed-noise.js';
import { mixtureDistance } from './mixture-distance.js';
import { solve, type Solve } from './solve.js';

const holds = lawsOf('samplers');

const SEED = 7;
const POINTS = 1000;
const STEPS = 24;
/** Half log-SNR where runs begin, and where they end: amid noise, where what a sampler adds is seen at its full size. */
const [NOISY, LESS_NOISY] = [-3, 0.5];
const LAST_TIME = 999;
/** Numbers of the distribution itself are about 0.04 away from it, and first order over so many steps adds 0.02. */
const FARTHEST = 0.09;
/** Data that is one number: every solver is exact on it, and the noise in its samples is all that there is. */
const ONE_NUMBER: readonly Component[] = [{ mean: 0.3, std: 0, weight: 1 }];
const COARSE = [20, 40, 80, 160];

/**
 * Checks what a sampler says of its noise: one that draws none asks for none, and one that draws some ends elsewhere where
 * it is other noise. The samples of one that draws are distributed as the noisy data are: on data of one number, and, for
 * networks that say the mean, on a mixture of three Gaussians.
 */
export function noiseLaws(sampler: Sampler): void {
  const draws = drawsOf(sampler);
  if (!sampler.stochastic) return holds(draws === 0, 'a sampler that is not stochastic draws no noise');
  holds(draws > 0, 'a sampler that is stochastic draws noise');
  if (sampler.needs?.towards === 'noisy') return;
  const sets = sampler.needs?.distilled === true ? [ONE_NUMBER] : [ONE_NUMBER, THREE_GAUSSIANS];
  for (const data of sets) {
    const distance = distributionDistance(sampler, data);
    const said = data === ONE_NUMBER ? 'one number' : 'a mixture of Gaussians';
    holds(
      distance <= FARTHEST,
      `samples of ${said} are distributed as the data with the noise of the level (distance ${distance.toFixed(3)}, at most ${FARTHEST})`,
    );
  }
}

/**
 * The order in which the runs of a stochastic sampler without its noise come nearer to each other, the best of three: a
 * bound on the order that it can have. `Infinity` where they are equal.
 */
export function orderWithoutNoise(sampler: Sampler): number {
  const ends = COARSE.map((steps) => solve({ ...runOf(sampler, steps, THREE_GAUSSIANS, 16), ...silent(16) }));
  const gaps = ends.slice(1).map((end, i) => largestGap(end, ends[i] as Float64Array));
  const slopes = gaps.slice(1).map((gap, i) => (gap === 0 ? Infinity : Math.log2((gaps[i] ?? Number.NaN) / gap)));
  return Math.max(...slopes);
}

/** How often a run of a sampler asks for noise, on levels that reach from much noise to little. */
function drawsOf(sampler: Sampler): number {
  let draws = 0;
  const counted = (): Float64Array => {
    draws++;
    return new Float64Array(4).fill(0.5);
  };
  const steps = Math.max(STEPS, sampler.needs?.steps ?? 1);
  solve({ ...runOf(sampler, steps, THREE_GAUSSIANS, 4, 4), noise: counted, brownian: counted });
  return draws;
}

/** Wasserstein-1 distance of the ends of a run from the noisy data of its last level, in units of their scale. */
function distributionDistance(sampler: Sampler, data: readonly Component[]): number {
  const run = runOf(sampler, Math.max(STEPS, sampler.needs?.steps ?? 1), data, POINTS);
  const { alpha, sigma } = run.levels.at(-1) as NoiseLevel;
  const scale = Math.sqrt(alpha ** 2 + sigma ** 2);
  const expected = data.map(({ mean, std, weight }) => ({
    mean: (alpha * mean) / scale,
    std: Math.sqrt(alpha ** 2 * std ** 2 + sigma ** 2) / scale,
    weight,
  }));
  const end = solve({ ...run, ...keyedNoise([SEED], POINTS) });
  return mixtureDistance(
    end.map((value) => value / scale),
    expected,
  );
}

function runOf(
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

function silent(points: number): Required<Pick<Solve, 'noise' | 'brownian'>> {
  return { noise: () => new Float64Array(points), brownian: () => new Float64Array(points) };
}

function largestGap(a: Float64Array, b: Float64Array): number {
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
}
