import type { NoiseLevel } from '../contracts/noise-level.js';
import type { NoiseSchedule } from '../contracts/noise-schedule.js';
import type { Denoised, Sampler, SamplerState, StepContext } from '../contracts/sampler.js';
import type { Vector, VectorSpace } from '../contracts/vector.js';
import { float64Of, float64Space, fromFloat64 } from '../tensors/float64-space.js';

/** A run of a sampler on plain doubles: no tensors, no streams. */
export interface Solve {
  readonly sampler: Sampler;
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
  /** Sees the state after each step. */
  readonly onStep?: (index: number, x: Float64Array) => void;
}

/** The end of a run. */
export function solve(run: Solve): Float64Array {
  const { sampler, levels, samples = 1 } = run;
  const space = float64Space(samples);
  let state: SamplerState = sampler.init(fromFloat64(run.x), { ...space, levels });
  for (let index = 0; index + 1 < levels.length; index++) {
    state = sampler.step(state, { ...space, ...contextOf(run, index) });
    run.onStep?.(index, float64Of(state.x));
  }
  return float64Of(state.x);
}

function contextOf(
  { levels, denoise, noise, brownian, schedule }: Solve,
  index: number,
): Omit<StepContext, keyof VectorSpace> {
  return {
    index,
    count: levels.length - 1,
    from: levels[index] as NoiseLevel,
    to: levels[index + 1] as NoiseLevel,
    denoise,
    noise: (key) => {
      if (noise === undefined) throw new Error('this run draws no noise, and the sampler asked for some');
      return fromFloat64(noise(index, key));
    },
    brownian: (from, to, rate = 1) => {
      if (brownian === undefined) throw new Error('this run has no Brownian path, and the sampler asked for one');
      return fromFloat64(brownian(from, to, rate, index));
    },
    level: (at) => {
      if (schedule === undefined) throw new Error('this run has no schedule, and the sampler asked for a level');
      return 'lambda' in at ? schedule.levelAt(at.lambda) : schedule.at(at.t);
    },
  };
}
