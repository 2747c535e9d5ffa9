import { z } from 'zod';
import { nonNegative } from '../../core/assembly/config-numbers.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { StepContext } from '../../core/contracts/sampler.js';
import type { Term } from '../../core/contracts/vector.js';

/** Where the noise of an SDE solver comes from. */
export const noiseSetting = z
  .enum(['brownian', 'independent'])
  .describe('one path, so that more steps refine the same sample, or fresh numbers in each step, which is cheaper');

/** What the SDE solvers may be told of the noise that they draw. */
export const sdeNoiseSettings = {
  eta: nonNegative().default(1).describe('strength of the noise: 0 draws none and solves the ODE'),
  noiseScale: nonNegative().default(1).describe('factor of the noise that is drawn'),
  noise: noiseSetting.default('brownian'),
};

/** The same as they are read. */
export interface SdeNoise {
  readonly eta: number;
  readonly noiseScale: number;
  readonly noise: z.output<typeof noiseSetting>;
}

/** One draw. */
interface Draw {
  readonly noise: z.output<typeof noiseSetting>;
  /** Standard deviation; nothing is drawn where it is 0. */
  readonly std: number;
  /** Clock of the path, as `StepContext.brownian` takes it. */
  readonly clock: number;
  /** Where inside of the step the noise ends; at its end where absent. */
  readonly until?: NoiseLevel;
}

/** The term that adds the noise from the start of a step on; none where its standard deviation is 0. */
export function drawnNoise(ctx: StepContext, { noise, std, clock, until }: Draw): readonly Term[] {
  if (std === 0) return [];
  if (noise === 'brownian') return [[std, ctx.brownian(ctx.from, until ?? ctx.to, clock)]];
  return [[std, until === undefined ? ctx.noise() : ctx.noise('middle')]];
}
