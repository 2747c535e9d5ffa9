import type { NoiseLevel } from '../core/contracts/noise-level.js';
import type { Denoised, Sampler, SamplerState } from '../core/contracts/sampler.js';
import type { Vector } from '../core/contracts/vector.js';
import { vpLevel } from '../core/math/levels.js';
import { normals } from '../core/random/draws.js';
import { float64Of } from '../core/tensors/float64-space.js';
import { lawsOf } from './broken-law.js';
import { exactDenoise } from './exact-denoise.js';
import { keyedNoise } from './keyed-noise.js';
import { exactRun, fineOrder, measuredOrder } from './measured-order.js';
import { solve, type Solve } from '../core/loop/solve.js';
import { noiseLaws, orderWithoutNoise } from './stochastic-laws.js';

const holds = lawsOf('samplers');

/** Least shortfall of the measured order that is a fault. */
const ORDER_TOLERANCE = 0.15;
/** Excess that is looked into, and at small steps a fault: until then methods that start with lower order look better. */
const [ORDER_EXCESS, FINE_EXCESS] = [0.5, 0.85];
const STEPS = 8;
const WIDTH = 3;

/**
 * Checks the laws of the sampler contract in double precision on the exact denoiser of a Gaussian mixture: the measured
 * order of convergence is the declared one, at most 0.15 below it and 0.85 above it (of a stochastic one, measured without
 * its noise, no less than it; an adaptive one must be more exact than steps of first order with as many network calls); a
 * sampler draws noise if it says so and only then, of the right size to 2.5 %, and its samples are distributed as noisy data
 * are; equal runs are equal, also interleaved; a batch equals its singles; a step changes nothing that it is given; the
 * calls that are made are those that were declared; and the end is finite, also when the run starts at alpha = 0 and ends
 * at sigma = 0.
 *
 * @throws Error that says which law is broken.
 */
export function samplerLaws(sampler: Sampler): void {
  holds(Number.isFinite(sampler.order) && sampler.order >= 1, `an order is 1 or more (it is ${sampler.order})`);
  noiseLaws(sampler);
  if (sampler.stepSize) paysOff(sampler);
  else keepsOrder(sampler);
  const levels = toClean(STEPS);
  const alone = [0, 1].map((seed) => solve(runOf(sampler, levels, [seed])));
  holds(same(solve(runOf(sampler, levels, [0])), alone[0]), 'equal runs are equal');
  const mates = sampler.stepSize ? [0, 0] : [0, 1];
  const batch = solve({ ...runOf(sampler, levels, mates), samples: 2 });
  const singles = Float64Array.from(mates.flatMap((seed) => [...(alone[seed] ?? [])]));
  holds(same(batch, singles), 'a batch equals its singles (of an adaptive sampler: if they are alike)');
  holds(same(interleaved(sampler, levels), alone[0]), 'two runs of one sampler object may interleave');
  countsCalls(sampler, levels);
  const fromPureNoise = [{ t: 999, alpha: 0, sigma: 1, lambda: -Infinity }, ...levels.slice(1)];
  holds(solve(runOf(sampler, fromPureNoise, [0])).every(Number.isFinite), 'a run from alpha = 0 ends finite');
}

function keepsOrder(sampler: Sampler): void {
  // That samples are distributed as they should is what the first order of a stochastic sampler comes to.
  if (sampler.stochastic && sampler.order <= 1) return;
  const order = sampler.stochastic ? orderWithoutNoise(sampler) : measuredOrder(sampler);
  const law = `the order of convergence is ${sampler.order} (measured ${order.toFixed(2)})`;
  holds(order >= sampler.order - ORDER_TOLERANCE, law);
  if (sampler.stochastic || order <= sampler.order + ORDER_EXCESS || order === Infinity) return;
  const fine = fineOrder(sampler);
  holds(fine <= sampler.order + FINE_EXCESS, `${law}, and not more (${fine.toFixed(2)} at small steps)`);
}

/** An adaptive sampler has no number of steps to measure an order by: its steps must be worth their calls. */
function paysOff(sampler: Sampler): void {
  if (sampler.stochastic) return;
  const { error, calls } = exactRun(sampler, STEPS);
  const plain = exactRun(FIRST_ORDER, calls);
  holds(error < plain.error, `the run is more exact than steps of first order with as many calls (${calls})`);
}

const FIRST_ORDER: Sampler = {
  order: 1,
  stochastic: false,
  init: (x) => ({ x }),
  step: ({ x }, { from, to, denoise, combine }) => {
    const { denoised, noise } = denoise(x, from);
    return { x: combine([to.alpha, denoised], [to.sigma, noise]) };
  },
};

/** Levels from noise to the clean level on the variance-preserving path, evenly spaced in lambda. */
function toClean(steps: number): readonly NoiseLevel[] {
  const noisy = Array.from({ length: steps }, (_, i) => vpLevel(steps - i, -3 + (6 * i) / steps));
  return [...noisy, { t: 0, alpha: 1, sigma: 0, lambda: Infinity }];
}

function runOf(sampler: Sampler, levels: readonly NoiseLevel[], seeds: readonly number[]): Solve {
  const { noise, brownian } = keyedNoise(seeds, WIDTH);
  return {
    sampler,
    levels,
    x: Float64Array.from(seeds.flatMap((seed) => [...normals({ seed, purpose: 'start', step: 0 }, WIDTH)])),
    denoise: exactDenoise,
    noise,
    brownian,
    schedule: { at: (t) => vpLevel(t, 3 - (6 * t) / STEPS), levelAt: (lambda) => vpLevel(0, lambda) },
  };
}

/** The first of two runs whose steps take turns. */
function interleaved(sampler: Sampler, levels: readonly NoiseLevel[]): Float64Array {
  const other = runOf(sampler, levels, [5]);
  return solve({ ...runOf(sampler, levels, [0]), onStep: () => void solve(other) });
}

function countsCalls(sampler: Sampler, levels: readonly NoiseLevel[]): void {
  let calls = 0;
  const denoise = (x: Vector, level: NoiseLevel): Denoised => {
    calls++;
    return exactDenoise(x, level);
  };
  const counting: Sampler = {
    ...sampler,
    step(state, ctx) {
      const before = copyOf(state);
      calls = 0;
      const next = sampler.step(state, ctx);
      const declared = sampler.calls?.(ctx) ?? 1;
      holds(calls === declared, `step ${ctx.index} makes the ${declared} calls that it declares (it made ${calls})`);
      holds(JSON.stringify(copyOf(state)) === JSON.stringify(before), 'a step changes nothing that it is given');
      holds(next.x !== state.x, 'a step gives a new record');
      return next;
    },
  };
  const end = solve({ ...runOf(sampler, levels, [0]), sampler: counting, denoise });
  holds(end.every(Number.isFinite), 'the end is finite');
}

function copyOf(state: SamplerState): object {
  return Object.fromEntries(
    Object.entries(state).map(([key, value]) => [
      key,
      typeof value === 'object' ? [...float64Of(value as Vector)] : value,
    ]),
  );
}

function same(a: Float64Array, b: Float64Array | undefined): boolean {
  return b !== undefined && a !== b && a.join() === b.join();
}
