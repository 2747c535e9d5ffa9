import type { NoiseLevel } from './noise-level.js';
import type { NoiseSchedule } from './noise-schedule.js';

/**
 * Which levels a run visits: `steps + 1` of them, from noisy to clean; step `i` goes from level `i` to level `i + 1`.
 *
 * Laws (`gridLaws`): exactly `steps + 1` levels, `lambda` strictly rising, the last one the schedule's `clean` level
 * unless the grid's config says that it ends at the least noisy one. A setting made to repeat another library's runs may
 * break the second one, by visiting a level twice.
 */
export interface StepGrid {
  /** The `steps + 1` levels of a run; `steps` is a positive integer. */
  levels(schedule: NoiseSchedule, steps: number): readonly NoiseLevel[];
}
