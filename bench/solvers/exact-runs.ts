import { Roles, type NoiseLevel, type Sampler } from 'rxdiffusion';
import { keyedNoise, solve } from 'rxdiffusion/testing';
import { inverseNormal } from '../../src/core/math/inverse-normal.js';
import { made } from '../../tools/golden/plugins.js';
import { levelsOf, type Candidate } from './candidates.js';
import { exactEnd } from './exact-end.js';
import type { ExactProblem } from './exact-problems.js';

/** Samples of a run; as many exact draws are about 0.04 from the data. */
const SAMPLES = 1000;
/** Samples on which an adaptive sampler's tolerance is sought. */
const PROBED = 100;
/** A run counts for a number of network calls if it makes at least this share of them. */
const USED = 0.7;
/** Loosest tolerance of an adaptive sampler that is tried, and how many that are each 1.3 times tighter. */
const [LOOSEST, TOLERANCES] = [2, 50] as const;

/** What a run was worth. */
export interface Outcome {
  /** Root mean square distance from where the exact ODE goes; only of samplers that draw no noise. */
  readonly error: number | undefined;
  /** Wasserstein-1 distance of the samples from the data. */
  readonly distance: number;
}

interface Run {
  readonly x: Float64Array;
  readonly start: Float64Array;
  readonly first: NoiseLevel;
  readonly calls: number;
}

/** The best that a sampler does within so many network calls; nothing where its runs are longer, or its grid has none. */
export async function outcome(
  problem: ExactProblem,
  candidate: Candidate,
  grid: string,
  calls: number,
): Promise<Outcome | undefined> {
  const run = candidate.sampler.stepSize
    ? await tightest(problem, candidate, grid, calls)
    : await longest(problem, candidate, grid, calls);
  if (run === undefined || run.calls < USED * calls) return undefined;
  const distance = problem.distance(run.x);
  if (candidate.sampler.stochastic) return { error: undefined, distance };
  const exact = await exactEnd(problem, candidate.schedule, run.first, run.start);
  return { error: rms(run.x, exact), distance };
}

/** The run of most steps that fits. */
async function longest(
  problem: ExactProblem,
  candidate: Candidate,
  grid: string,
  calls: number,
): Promise<Run | undefined> {
  const steps = await stepsWithin(problem, candidate, grid, calls);
  const levels = steps === undefined ? undefined : await levelsOf(grid, candidate.schedule, steps);
  return levels && ran(problem, candidate, candidate.sampler, levels, SAMPLES);
}

/** Most steps that fit, tried on one sample; nothing where even one step is longer or far fewer calls are used. */
export async function stepsWithin(
  problem: ExactProblem,
  candidate: Candidate,
  grid: string,
  calls: number,
): Promise<number | undefined> {
  for (let steps = calls; steps > 0;) {
    const levels = await levelsOf(grid, candidate.schedule, steps);
    const probe = levels && ran(problem, candidate, candidate.sampler, levels, 1).calls;
    if (probe !== undefined && probe <= calls) return probe < USED * calls ? undefined : steps;
    steps = Math.min(steps - 1, Math.ceil((steps * calls) / (probe ?? calls)) + 2);
  }
  return undefined;
}

/** The run of least tolerance that fits. */
async function tightest(
  problem: ExactProblem,
  candidate: Candidate,
  grid: string,
  calls: number,
): Promise<Run | undefined> {
  const levels = await levelsOf(grid, candidate.schedule, calls);
  if (levels === undefined) return undefined;
  let best: Sampler | undefined;
  for (let i = 0; i < TOLERANCES; i++) {
    const rtol = LOOSEST / 1.3 ** i;
    const sampler = await made(Roles.sampler, candidate.name, { rtol, atol: rtol / 6 });
    const probe = ran(problem, candidate, sampler, levels, PROBED);
    if (probe.calls <= calls) best = sampler;
    else if (best) break;
  }
  return best && ran(problem, candidate, best, levels, SAMPLES);
}

function ran(
  problem: ExactProblem,
  { schedule }: Candidate,
  sampler: Sampler,
  levels: readonly NoiseLevel[],
  samples: number,
): Run {
  const first = levels[0] as NoiseLevel;
  const source = keyedNoise([1], samples * problem.dimensions);
  const start = evenly(source.noise(0, 'start'), problem.dimensions).map((value) => schedule.priorStd(first) * value);
  let calls = 0;
  const denoise: ExactProblem['denoise'] = (at, level) => {
    calls++;
    return problem.denoise(at, level);
  };
  const x = solve({ ...source, sampler, schedule, levels, x: start, denoise });
  return { x, start, first, calls };
}

/**
 * Normals at the middles of as many equally likely intervals, in each dimension by itself (a Latin hypercube), in the order
 * that some draws have: samplers without noise then answer for their own faults, not for the luck of the draw.
 */
function evenly(draws: Float64Array, dimensions: number): Float64Array {
  const count = draws.length / dimensions;
  const even = new Float64Array(draws.length);
  for (let axis = 0; axis < dimensions; axis++) {
    const places = Array.from({ length: count }, (_, i) => i * dimensions + axis);
    const ranked = places.toSorted((a, b) => (draws[a] ?? 0) - (draws[b] ?? 0));
    ranked.forEach((place, rank) => (even[place] = inverseNormal((rank + 0.5) / count)));
  }
  return even;
}

function rms(a: Float64Array, b: Float64Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] ?? Number.NaN)) ** 2, 0) / a.length);
}
