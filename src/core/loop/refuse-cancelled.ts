import { DiffusionError } from '../errors/diffusion-error.js';

/**
 * Throws `RXD_ABORTED` where nobody waits for work any more.
 *
 * @param work - what was under way, for the error
 */
export function refuseCancelled(cancelled: (() => boolean) | undefined, work: string): void {
  if (cancelled?.() !== true) return;
  throw new DiffusionError('RXD_ABORTED', {
    problem: `the run was cancelled while ${work}`,
    fix: 'subscribe again',
  });
}
