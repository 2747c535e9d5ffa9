import type { Branch, GuidanceContext } from '../../core/contracts/guidance.js';
import type { Denoised } from '../../core/contracts/sampler.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';

/** The network under the condition that was asked for. */
export const CONDITIONAL: Branch = Object.freeze({ name: 'conditional' });

/** The network under no condition, or the request's `negative` one. */
export const UNCONDITIONAL: Branch = Object.freeze({ name: 'unconditional', condition: 'unconditional' });

/** Both sides of classifier-free guidance. */
export const BOTH: readonly Branch[] = Object.freeze([CONDITIONAL, UNCONDITIONAL]);

/** The reading of a branch that `branches` asked for. */
export function readingOf({ readings }: GuidanceContext, { name }: Branch): Denoised {
  const reading = readings[name];
  if (reading !== undefined) return reading;
  throw new DiffusionError('RXD_COMBINATION', {
    problem: `guidance got no ${name} reading`,
    got: Object.keys(readings).join(', ') || 'no readings',
    expected: 'a reading for each of the `branches`',
    fix: 'call combine with the readings that branches(level) names',
  });
}
