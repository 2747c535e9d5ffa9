import type { NoiseLevel } from '../core/contracts/noise-level.js';
import type { NoiseSchedule } from '../core/contracts/noise-schedule.js';
import type { StepGrid } from '../core/contracts/step-grid.js';
import { DiffusionError } from '../core/errors/diffusion-error.js';
import { close, lawsOf } from './broken-law.js';

const holds = lawsOf('grids');

/** How `gridLaws` asks. */
export interface GridCase {
  readonly schedule: NoiseSchedule;
  /** Numbers of steps; 1, 2, 7, 10 and 50 where absent. */
  readonly steps?: readonly number[];
}

/**
 * Checks the laws of the grid contract: `steps + 1` levels, lambda rising strictly, the last level the schedule's clean
 * one (or no noisier than its least noisy one), equal calls give equal levels, and a number of steps that cannot be is
 * refused with `RXD_REQUEST_INVALID`.
 *
 * @throws Error that says which law is broken.
 */
export function gridLaws(grid: StepGrid, { schedule, steps = [1, 2, 7, 10, 50] }: GridCase): void {
  for (const count of steps) {
    const levels = grid.levels(schedule, count);
    holds(levels.length === count + 1, `a run of ${count} steps visits ${count + 1} levels`);
    const rises = levels.slice(1).every(({ lambda }, i) => lambda > (levels[i] as NoiseLevel).lambda);
    holds(rises, `lambda rises strictly (${count} steps)`);
    const last = levels[count] as NoiseLevel;
    const ends = last.lambda === schedule.clean.lambda || close(last.lambda, schedule.at(schedule.tMin).lambda, 1e-9);
    holds(ends, 'the last level is the clean one or the least noisy one');
    holds(JSON.stringify(grid.levels(schedule, count)) === JSON.stringify(levels), 'equal calls give equal levels');
  }
  for (const wrong of [0, -1, 1.5, Number.NaN]) holds(refuses(grid, schedule, wrong), `${wrong} steps are refused`);
}

function refuses(grid: StepGrid, schedule: NoiseSchedule, steps: number): boolean {
  try {
    grid.levels(schedule, steps);
    return false;
  } catch (error) {
    return error instanceof DiffusionError && error.code === 'RXD_REQUEST_INVALID';
  }
}
