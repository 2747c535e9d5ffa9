import type { NoiseLevel } from '../contracts/noise-level.js';
import type { NoiseSchedule } from '../contracts/noise-schedule.js';
import type { Denoised, Sampler, SamplerState, StepContext } from '../contracts/sampler.js';
import type { PerSample, Vector } from '../contracts/vector.js';
import { Route } from './route.js';
import { float64Of, float64Space, fromFloat64, numbersOf } from '../tensors/float64-space.js';

/** A run of a sampler on plain doubles: no tensors, no streams. */
export interface Solve {
  readonly sampler: Sampler;
  /** The levels of a grid. */
  readonly levels: readonly NoiseLevel[];
  /** Starting noise at `levels[0]`. */
  readonly x: Float64Array;
  /** What an ideal network, or any other, says of `x`. */
  readonly denoise: (x: Vector, level: NoiseLevel) => Denoised;
  /** Samples that lie one after the other in `x`; 1. */
  readonly samples?: number;
  /** Unit noise of a step; samplers that draw need it. */
  readonly noise?: (index: number, key: string | undefined) => Float64Array;
  /** Unit increment of a Brownian path; samplers that follow one need it. */
  readonly brownian?: (from: NoiseLevel, to: NoiseLevel, rate: number, index: number) => Float64Array;
  /** For samplers that ask for levels in between. */
  readonly schedule?: Pick<NoiseSchedule, 'at' | 'levelAt'>;
  /** Sees the state after each step that is taken. */
  readonly onStep?: (index: number, x: Float64Array) => void;
}

/** The end of a run. */
export function solve(run: Solve): Float64Array {
  const { sampler, samples = 1 } = run;
  const space = float64Space(samples);
  const route = new Route(sampler, run.levels, (at) => levelOf(run, at));
  let state: SamplerState = sampler.init(fromFloat64(run.x), { ...space, levels: route.levels });
  for (let step = route.next(state); step !== undefined; step = route.next(state)) {
    const tried = sampler.step(state, { ...space, ...step, ...contextOf(run, step.index) });
    const decision = route.accept(step, tried, measuredOf(tried));
    ({ state } = decision);
    if (decision.accepted) run.onStep?.(step.index, float64Of(state.x));
  }
  return float64Of(state.x);
}

/** What an adaptive sampler judges a step by, one number a sample. */
function measuredOf({ measure }: SamplerState): readonly number[] {
  return typeof measure === 'object' ? [...numbersOf(measure as PerSample)] : [];
}

function levelOf({ schedule }: Solve, at: Parameters<StepContext['level']>[0]): NoiseLevel {
  if (schedule === undefined) throw new Error('this run has no schedule, and the sampler asked for a level');
  return 'lambda' in at ? schedule.levelAt(at.lambda) : schedule.at(at.t);
}

function contextOf(run: Solve, index: number): Pick<StepContext, 'denoise' | 'noise' | 'brownian' | 'level'> {
  const { denoise, noise, brownian } = run;
  return {
    denoise,
    noise: (key) => {
      if (noise === undefined) throw new Error('this run draws no noise, and the sampler asked for some');
      return fromFloat64(noise(index, key));
    },
    brownian: (from, to, rate = 1) => {
      if (brownian === undefined) throw new Error('this run has no Brownian path, and the sampler asked for one');
      return fromFloat64(brownian(from, to, rate, index));
    },
    level: (at) => levelOf(run, at),
  };
}
