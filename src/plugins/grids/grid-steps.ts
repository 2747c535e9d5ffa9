import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';

/** Throws `RXD_REQUEST_INVALID` unless a grid of a schedule can have this number of steps. */
export function checkSteps(steps: number, { trainSteps = Infinity }: NoiseSchedule): void {
  if (Number.isSafeInteger(steps) && steps >= 1 && steps <= trainSteps) return;
  throw new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'the grid cannot have this number of steps',
    got: String(steps),
    expected: `an integer from 1 to ${trainSteps === Infinity ? 'any number' : trainSteps}`,
    fix: 'ask for fewer steps than the schedule was trained with',
  });
}
