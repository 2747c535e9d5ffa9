import { z } from 'zod';
import type { GuidanceContext } from '../../core/contracts/guidance.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { Denoised } from '../../core/contracts/sampler.js';
import type { Vector } from '../../core/contracts/vector.js';

/** What a guidance may look at as the output of a network. */
export const outputSetting = z.enum(['x0', 'epsilon', 'v', 'flow']);
export type Output = z.output<typeof outputSetting>;

/** The output that a reading was, in one of the parameterizations. */
export function outputOf({ combine, level }: GuidanceContext, of: Output, { denoised, noise }: Denoised): Vector {
  const [ofNoise, ofDenoised] = weightsOf(of, level);
  return combine([ofNoise, noise], [ofDenoised, denoised]);
}

/** The output as `a * noise + b * denoised`. */
function weightsOf(of: Output, { alpha, sigma }: NoiseLevel): readonly [a: number, b: number] {
  return { x0: [0, 1], epsilon: [1, 0], v: [alpha, -sigma], flow: [1, -1] }[of] as [number, number];
}

/** How far the clean estimate shifts as the output grows by one, at the same `x`. At alpha 0 noise says nothing of it. */
export function shiftOf(of: Output, level: NoiseLevel): number | undefined {
  const [a, b] = weightsOf(of, level);
  const determinant = b * level.sigma - a * level.alpha;
  return determinant === 0 ? undefined : level.sigma / determinant;
}
