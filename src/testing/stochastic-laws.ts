import type { NoiseLevel } from '../core/contracts/noise-level.js';
import type { Sampler } from '../core/contracts/sampler.js';
import { THREE_GAUSSIANS, type Component } from '../core/math/exact-mixture.js';
import { lawsOf } from './broken-law.js';
import { keyedNoise } from './keyed-noise.js';
import { mixtureDistance } from './mixture-distance.js';
import { noiseSize } from './noise-size.js';
import { noisyRun, ONE_NUMBER } from './noisy-run.js';
import { solve, type Solve } from '../core/loop/solve.js';

const holds = lawsOf('samplers');

const SEED = 7;
const POINTS = 1000;
const STEPS = 24;
/** Numbers of the distribution itself are about 0.04 away from it, and first order over so many steps adds 0.02. */
const FARTHEST = 0.09;
/** Share by which the noise in samples may differ from what it should be: others than Langevin's come within 0.003. */
const NOISE_TOLERANCE = 0.025;
const COARSE = [20, 40, 80, 160];

/**
 * Checks what a sampler says of its noise: one that draws none asks for none, and one that draws some asks for some. The
 * samples of one that draws are distributed as the noisy data are: their noise has the size of the level, to 2.5 %, and their
 * distribution is near that of the data, of one number and, for networks that say the mean, of a mixture of three Gaussians.
 */
export function noiseLaws(sampler: Sampler): void {
  const draws = drawsOf(sampler);
  if (!sampler.stochastic) return holds(draws === 0, 'a sampler that is not stochastic draws no noise');
  holds(draws > 0, 'a sampler that is stochastic draws noise');
  if (sampler.needs?.towards === 'noisy') return;
  const size = noiseSize(sampler, NOISE_TOLERANCE);
  holds(
    Math.abs(size - 1) <= NOISE_TOLERANCE,
    `samples are distributed as the data: their noise has the size of the level (${size.toFixed(3)} of it)`,
  );
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
  const ends = COARSE.map((steps) => solve({ ...noisyRun(sampler, steps, THREE_GAUSSIANS, 16), ...silent(16) }));
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
  solve({ ...noisyRun(sampler, steps, THREE_GAUSSIANS, 4, 4), noise: counted, brownian: counted });
  return draws;
}

/** Wasserstein-1 distance of the ends of a run from the noisy data of its last level, in units of their scale. */
function distributionDistance(sampler: Sampler, data: readonly Component[]): number {
  const run = noisyRun(sampler, Math.max(STEPS, sampler.needs?.steps ?? 1), data, POINTS);
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

function silent(points: number): Required<Pick<Solve, 'noise' | 'brownian'>> {
  return { noise: () => new Float64Array(points), brownian: () => new Float64Array(points) };
}

function largestGap(a: Float64Array, b: Float64Array): number {
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
}
