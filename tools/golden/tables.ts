import type { NoiseLevel } from 'rxdiffusion';
import { sortedArguments } from './flat-arguments.js';
import { schedulerRun, type SchedulerRun } from './scheduler-parts.js';
import type { SchedulerConfig } from './solver-case.js';

/** `alphas_cumprod` of a scheduler at some indices. */
export interface TableRow {
  readonly class: string;
  readonly arguments: SchedulerConfig;
  readonly index: readonly number[];
  readonly float64: readonly number[];
}

/** `timesteps` and `sigmas` of a scheduler for a number of steps. */
export interface GridRow {
  readonly class: string;
  readonly arguments: SchedulerConfig;
  readonly numInferenceSteps: number;
  readonly timesteps: readonly number[];
  readonly sigmas?: readonly number[];
}

/** Largest relative difference from tables in double precision. */
const TABLE_TOLERANCE = 1e-12;

/** How far a table is from the recorded one, in units of the tolerance. */
export async function tableDifference(row: TableRow): Promise<number> {
  const { schedule } = await schedulerRun({ _class_name: row.class, ...row.arguments }, { steps: 5 });
  const differences = row.index.map((t, i) => {
    const recorded = row.float64[i] ?? Number.NaN;
    return Math.abs(schedule.at(t).alpha ** 2 - recorded) / (TABLE_TOLERANCE * recorded || Number.MIN_VALUE);
  });
  return Math.max(...differences);
}

/** How far the levels of a grid are from recorded ones in single precision, in units of what that leaves unknown. */
export async function gridDifference(row: GridRow): Promise<number> {
  const { config, ...options } = sortedArguments(row.class, { ...row.arguments, N: row.numInferenceSteps });
  const run = await schedulerRun(config, { ...options, quirks: ['double-shift', 'inverse-level', 'previous-time'] });
  const isFlow = row.class.startsWith('FlowMatch');
  const visited = row.class.endsWith('InverseScheduler') ? run.levels.slice(1) : run.levels;
  const ours = visited.map(({ alpha, sigma }) => (isFlow ? sigma : sigma / alpha));
  const distinct = withoutRepeats(row.sigmas ?? []);
  // A consistency model gives the clean sample at its least sigma, which is the end there and the clean level here.
  const recorded = row.class.startsWith('CMStochastic') ? distinct.slice(0, -1) : distinct;
  const sigmas = recorded.map((sigma, i) => Math.abs((ours[i] ?? Number.NaN) - sigma) / sigmaError(sigma));
  return Math.max(0, ...sigmas, ...timeDifferences(row, run, visited));
}

/** Every time of a network call at a level of the grid; those in between (PNDM) belong to no level. */
function timeDifferences(row: GridRow, { parameterization }: SchedulerRun, visited: readonly NoiseLevel[]): number[] {
  return visited.slice(0, row.numInferenceSteps).map((level) => {
    const { time } = parameterization.at(level);
    const nearest = Math.min(...row.timesteps.map((t) => Math.abs(t - time)));
    // Indices that are read off ln sigma and cut off may have reached the next one in single precision.
    return Math.min(nearest, Math.abs(nearest - 1)) / (2e-3 + 1e-6 * Math.abs(time));
  });
}

function withoutRepeats(values: readonly number[]): readonly number[] {
  return values.filter((value, i) => i === 0 || value !== values[i - 1]);
}

/** Single precision keeps 1 - alphasCumprod to 6e-8 of 1, and what it loses at the ends spreads over a grid. */
function sigmaError(sigma: number): number {
  return sigma === 0 ? 1e-12 : 2e-5 * sigma + (1.2e-7 * (1 + sigma ** 2)) / sigma;
}
