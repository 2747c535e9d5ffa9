import type { NoiseLevel } from '../core/contracts/noise-level.js';
import type { Sampler } from '../core/contracts/sampler.js';
import { BrownianPath } from '../core/random/brownian-path.js';
import { normals } from '../core/random/draws.js';
import { noisyRun, ONE_NUMBER } from './noisy-run.js';
import { solve } from '../core/loop/solve.js';

/** Steps of a first look, and of a closer one at methods whose noise is right in the limit of small steps only. */
const [STEPS, FINE, FINEST] = [24, 48, 96];
/** Where runs end whose sampler draws no noise amid noise, in half log-SNR. */
const NEAR_DATA = 4;

/**
 * How much noise there is in samples of one number, as a share of what there should be; 1 is right. What a sampler draws are
 * patterns that are orthogonal to each other, so that the variance of its end is the sum of the squares of all that was
 * added: exact, where random draws would have to be thousands. Where it is further from 1 than a tolerance, steps are
 * halved twice and the share at step size 0 is extrapolated.
 */
export function noiseSize(sampler: Sampler, tolerance: number): number {
  const { size, draws } = sizeAfter(sampler, STEPS);
  const lambdaMax = draws > 0 ? undefined : NEAR_DATA;
  const first = draws > 0 ? size : sizeAfter(sampler, STEPS, lambdaMax).size;
  if (Math.abs(first - 1) <= tolerance) return first;
  return 2 * sizeAfter(sampler, FINEST, lambdaMax).size - sizeAfter(sampler, FINE, lambdaMax).size;
}

function sizeAfter(
  sampler: Sampler,
  steps: number,
  lambdaMax?: number,
): { readonly size: number; readonly draws: number } {
  const draws = new OrthogonalDraws(steps > STEPS ? 4096 : 1024);
  const run = noisyRun(sampler, Math.max(steps, sampler.needs?.steps ?? 1), ONE_NUMBER, draws.points, lambdaMax);
  const { mean } = ONE_NUMBER[0];
  const { alpha, sigma } = run.levels[0] as NoiseLevel;
  const path = new BrownianPath((node) => draws.of(`path/${node}`));
  const end = solve({
    ...run,
    x: draws.of('start').map((unit) => alpha * mean + sigma * unit),
    noise: (index, key) => draws.of(`${index}/${key}`),
    brownian: (from, to, rate) => path.increment(from.lambda, to.lambda, rate),
  });
  const last = run.levels.at(-1) as NoiseLevel;
  const squares = end.reduce((sum, value) => sum + (value - last.alpha * mean) ** 2, 0);
  return { size: Math.sqrt(squares / end.length) / last.sigma, draws: draws.count - 1 };
}

/** Draws of mean 0 and variance 1, each a row of the matrix of Hadamard (1893); random ones where these come to an end. */
class OrthogonalDraws {
  readonly #rows = new Map<string, number>();

  constructor(readonly points: number) {}

  /** Draws that were asked for, equal keys counted once. */
  get count(): number {
    return this.#rows.size;
  }

  of(key: string): Float64Array {
    // Row 0 is constant.
    const row = this.#rows.get(key) ?? this.#rows.size + 1;
    this.#rows.set(key, row);
    if (row >= this.points) return normals({ seed: 0, purpose: key, step: row }, this.points);
    return new Float64Array(this.points).map((_, i) => (isOdd(i & row) ? -1 : 1));
  }
}

/** Whether an odd number of the lower 16 bits is set. */
function isOdd(bits: number): boolean {
  const byte = bits ^ (bits >> 8);
  // Of the 16 numbers of four bits, those that have an odd number of them.
  return ((0x6996 >> ((byte ^ (byte >> 4)) & 15)) & 1) === 1;
}
