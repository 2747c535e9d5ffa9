import type { Denoised } from '../../core/contracts/sampler.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';

/** A side that `branches` asked for. */
export function theSide(side: Denoised | undefined, name: 'conditional' | 'unconditional'): Denoised {
  if (side !== undefined) return side;
  throw new DiffusionError('RXD_COMBINATION', {
    problem: `guidance got no ${name} reading`,
    expected: 'the sides that `branches` asked for',
    fix: 'call combine with the sides that branches(level) names',
  });
}
