import { z } from 'zod';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { StepContext } from '../../core/contracts/sampler.js';
import type { Term } from '../../core/contracts/vector.js';

/** What the SDE solvers may be told of the noise that they draw. */
export const sdeNoiseSettings = {
  eta: z.number().min(0).default(1).describe('strength of the noise: 0 draws none and solves the ODE'),
  sNoise: z.number().min(0).default(1).describe('scale of the noise that is drawn; above 1 it makes up for lost detail'),
  noise: z
    .enum(['brownian', 'independent'])
    .default('brownian')
    .describe('one path, so that more steps refine the same sample, or fresh numbers in each step, which is cheaper'),
};

/** Settings of one draw. */
interface Draw {
  readonly noise: 'brownian' | 'independent';
  /** Standard deviation; nothing is drawn where it is 0. */
  readonly std: number;
  /** Clock of the path: strength of the noise against that of the reverse SDE. */
  readonly rate: number;
  /** Where the noise is drawn up to; the end of the step. */
  readonly to?: NoiseLevel;
}

/** The term of a combination that adds the noise from the start of a step; none where its standard deviation is 0. */
export function drawnNoise(ctx: StepContext, { noise, std, rate, to }: Draw): readonly Term[] {
  if (std === 0) return [];
  const unit = noise === 'brownian' ? ctx.brownian(ctx.from, to ?? ctx.to, rate) : ctx.noise(to && 'middle');
  return [[std, unit]];
}
