import type { NoiseLevel } from 'rxdiffusion';
import { schedulerRun, type SchedulerRun } from './scheduler-parts.js';
import type { SchedulerConfig } from './solver-case.js';

/** Two samples that a scheduler noised, each at its own time, and their velocities. */
export interface ForwardRow {
  readonly class: string;
  readonly config: SchedulerConfig;
  readonly space: string;
  readonly numInferenceSteps: number | null;
  readonly t: readonly number[];
  readonly x0: readonly number[];
  readonly noise: readonly number[];
  readonly noisy: readonly number[];
  readonly velocity?: readonly number[];
}

/** Largest difference, relative to the largest number: what single precision leaves of its tables. */
const TOLERANCE = 1e-4;

/** How far noised samples and velocities are from the recorded ones, in units of the tolerance. */
export async function forwardDifference(row: ForwardRow): Promise<number> {
  const run = await schedulerRun(row.config, { steps: row.numInferenceSteps ?? 10, quirks: [] });
  const size = row.x0.length / row.t.length;
  const levels = row.t.map((t) => levelToldAs(run, t));
  const scaled = row.space === 've' || row.space === 'edm';
  const worst = (recorded: readonly number[], of: (level: NoiseLevel, x0: number, noise: number) => number): number => {
    const largest = Math.max(1, ...recorded.map(Math.abs));
    const differences = recorded.map((value, i) => {
      const level = levels[Math.floor(i / size)] as NoiseLevel;
      return Math.abs(of(level, row.x0[i] ?? Number.NaN, row.noise[i] ?? Number.NaN) - value);
    });
    return Math.max(...differences) / (TOLERANCE * largest);
  };
  const noisy = worst(row.noisy, ({ alpha, sigma }, x0, noise) => (alpha * x0 + sigma * noise) / (scaled ? alpha : 1));
  const velocity = worst(row.velocity ?? [], ({ alpha, sigma }, x0, noise) => alpha * noise - sigma * x0);
  return Math.max(noisy, row.velocity === undefined ? 0 : velocity);
}

/** The level whose time the network is told as `t`, by bisection: times fall as lambda grows. */
function levelToldAs({ schedule, parameterization }: SchedulerRun, t: number): NoiseLevel {
  let [low, high] = [-15, 15];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (parameterization.at(schedule.levelAt(middle)).time > t) low = middle;
    else high = middle;
  }
  return schedule.levelAt(high);
}
