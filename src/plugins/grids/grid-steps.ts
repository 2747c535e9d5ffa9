import { DiffusionError } from '../../core/errors/diffusion-error.js';

/**
 * Throws `RXD_REQUEST_INVALID` unless a grid can have this number of steps: an integer from 1 to `most`, which is the
 * number of training steps where each step is to have one of its own.
 */
export function checkSteps(steps: number, most = Infinity): void {
  if (Number.isSafeInteger(steps) && steps >= 1 && steps <= most) return;
  throw new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'the grid cannot have this number of `steps`',
    got: String(steps),
    expected: `an integer from 1 to ${most === Infinity ? 'any number' : most}`,
    fix:
      most === Infinity
        ? 'ask for one step or more'
        : 'ask for fewer `steps`, or choose a grid whose levels lie between training steps (karras, exponential, sgm-uniform)',
  });
}
