import { clipDenoised } from '../../src/core/math/clip-denoised.js';
import { planCase, type CasePlan } from './plan-case.js';
import { exactDenoise, float64Space, solve } from 'rxdiffusion/testing';
import type { NoiseLevel, Vector } from 'rxdiffusion';
import type { RecordedCall, SolverCase } from './solver-case.js';

/** How far a run in double precision is from the recorded one, in units of the tolerance: 1 is as far as allowed. */
export interface Agreement {
  /** Against the same code in double precision, 1e-9 relative; `undefined` where there is no such record. */
  readonly final: number | undefined;
  /** The worst step against the recorded float32 step. */
  readonly steps: number;
}

/** Largest relative difference from the recorded end in double precision. */
const FINAL_TOLERANCE = 1e-9;

/** Runs a case by our plugins in double precision. Throws `Skipped` for what the package does not have. */
export async function runCase(schedulerClass: string, run: SolverCase): Promise<Agreement> {
  const plan = await planCase(schedulerClass, run);
  const calls = callsOfSteps(run, plan);
  const largest = Math.max(1, ...run.steps.flatMap(({ prev }) => prev.map(Math.abs)), ...run.xT.map(Math.abs));
  const tolerance = 3 * (run.float32Deviation ?? 0) + 2e-6 * largest;
  let worst = 0;
  const end = solve({
    sampler: plan.sampler,
    levels: plan.levels,
    x: Float64Array.from(run.xT, (value) => Math.fround(value) * scaleOf(run, plan.levels[0] as NoiseLevel)),
    denoise: (x, level) => kept(plan, x, level),
    schedule: plan.schedule,
    noise: (index) => noiseOf(calls[index] as RecordedCall),
    onStep: (index, x) => {
      const { prev, corrected } = calls[index] as RecordedCall;
      const recorded = index + 2 < plan.levels.length ? (corrected ?? prev) : prev;
      worst = Math.max(worst, distance(recorded, x, run, plan.levels[index + 1] as NoiseLevel) / tolerance);
    },
  });
  const { final64 } = run;
  const last = plan.levels.at(-1) as NoiseLevel;
  const final = final64
    ? distance(final64, end, run, last) / (FINAL_TOLERANCE * Math.max(1, ...final64.map(Math.abs)))
    : undefined;
  return { final, steps: worst };
}

function kept({ clip }: CasePlan, x: Vector, level: NoiseLevel) {
  const estimate = exactDenoise(x, level);
  return clip === undefined
    ? estimate
    : clipDenoised(float64Space(), estimate, x, level, { range: clip.range, recomputeNoise: !clip.keepNoise });
}

/** Samples of the variance-exploding spaces are ours divided by alpha. */
function scaleOf({ space }: SolverCase, { alpha }: NoiseLevel): number {
  return space === 've' ? alpha : 1;
}

function distance(recorded: readonly number[], x: Float64Array, run: SolverCase, level: NoiseLevel): number {
  const scale = scaleOf(run, level);
  return Math.max(...recorded.map((value, i) => Math.abs(value - (x[i] ?? Number.NaN) / scale)));
}

/** The last network call of each of our steps: two-stage methods record two calls a step. */
function callsOfSteps(run: SolverCase, { sampler, levels }: CasePlan): readonly RecordedCall[] {
  let call = -1;
  return levels.slice(1).map((to, index) => {
    const from = levels[index] as NoiseLevel;
    call += sampler.calls?.({ index, count: levels.length - 1, from, to }) ?? 1;
    const recorded = run.steps[call];
    if (recorded === undefined)
      throw new Error(`the record has ${run.steps.length} calls, and step ${index} needs call ${call}`);
    return recorded;
  });
}

function noiseOf({ noise }: RecordedCall): Float64Array {
  if (noise === undefined) throw new Error('the record has no noise for this step');
  return Float64Array.from('z' in noise ? noise.z : noise, Math.fround);
}
