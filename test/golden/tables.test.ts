import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { NoiseLevel, NoiseSchedule } from 'rxdiffusion';
import { diffusersParts, vpSchedule, type SchedulerArguments } from './diffusers-parts.js';

interface TableRow {
  readonly class: string;
  readonly arguments: SchedulerArguments;
  readonly index: readonly number[];
  readonly float32: readonly number[];
  readonly float64: readonly number[];
}

interface GridRow {
  readonly class: string;
  readonly arguments: SchedulerArguments;
  readonly numInferenceSteps: number;
  readonly timesteps: readonly number[];
  readonly sigmas?: readonly number[];
}

interface Tables {
  readonly alphasCumprod: readonly TableRow[];
  readonly grids: readonly GridRow[];
}

const tables = JSON.parse(gunzipSync(readFileSync('test/golden/tables/tables.json.gz')).toString('utf8')) as Tables;
const titled = <T extends { class: string; arguments: SchedulerArguments }>(row: T): T & { title: string } => ({
  ...row,
  title: `${row.class} ${JSON.stringify(row.arguments)}`,
});

describe('alphasCumprod of diffusers', () => {
  it.each(tables.alphasCumprod.map(titled))('$title', async ({ class: said, arguments: args, index, ...recorded }) => {
    const schedule = await vpSchedule(said.replace(/Scheduler$/, ''), args);
    index.forEach((t, i) => {
      const ours = schedule.at(t).alpha ** 2;
      const [exact = Number.NaN, single = Number.NaN] = [recorded.float64[i], recorded.float32[i]];
      expect(Math.abs(ours - exact)).toBeLessThanOrEqual(1e-12 * exact);
      // Single precision keeps each 1 - beta to 6e-8, and of a beta of 0.999 it has only the 1e-3 that is left.
      expect(Math.abs(ours - single)).toBeLessThanOrEqual((exact < 1e-6 ? 1e-4 : 5e-5) * exact);
    });
  });
});

/** What a scheduler tells the network as time at a level. */
const TIMES: Readonly<Record<string, (level: NoiseLevel, said: number, schedule: NoiseSchedule) => number>> = {
  CMStochasticIterativeScheduler: ({ sigma }) => 250 * Math.log(sigma + 1e-44),
  EDMEulerScheduler: ({ sigma }) => Math.log(sigma) / 4,
  CosineDPMSolverMultistepScheduler: ({ sigma }) => (Math.atan(sigma) * 2) / Math.PI,
  FlowMatchEulerDiscreteScheduler: ({ sigma }) => 1000 * sigma,
};

const LEFT_OUT = new Set([
  'PNDMScheduler',
  'IPNDMScheduler',
  'DDIMInverseScheduler',
  'HeunDiscreteScheduler',
  'LCMScheduler',
  'TCDScheduler',
  'CMStochasticIterativeScheduler',
]);

describe('grids of diffusers', () => {
  const rows = tables.grids.filter((row) => !LEFT_OUT.has(row.class)).map(titled);

  it.each(rows)('$title, $numInferenceSteps steps', async (row) => {
    const { grid, schedule } = await diffusersParts(row.class, row.arguments);
    const levels = grid.levels(schedule, row.numInferenceSteps);
    const time = TIMES[row.class] ?? index;
    const sigma = ({ alpha, sigma }: NoiseLevel): number => (row.class.startsWith('Flow') ? sigma : sigma / alpha);
    row.timesteps.forEach((t, i) => {
      const level = levels[i] as NoiseLevel;
      const error = time === index ? INDEX_ERROR : 1e-6 * Math.max(1, Math.abs(t));
      expect(Math.abs(time(level, t, schedule) - t)).toBeLessThanOrEqual(error);
    });
    row.sigmas?.forEach((value, i) =>
      expect(Math.abs(sigma(levels[i] as NoiseLevel) - value)).toBeLessThanOrEqual(sigmaError(value)),
    );
  });
});

/** What single precision leaves unknown of an index that is read off ln sigma. */
const INDEX_ERROR = 2e-3;

/** The time of a level; where it is rounded down, single precision may have reached the next index already. */
function index(level: NoiseLevel, said: number, schedule: NoiseSchedule): number {
  const reached = Math.floor(schedule.timeAt(level.lambda) + INDEX_ERROR) === said;
  return reached ? said : level.t;
}

/** Single precision keeps 1 - alphasCumprod to 6e-8 of 1, and what it loses at the ends spreads over a grid. */
function sigmaError(sigma: number): number {
  return sigma === 0 ? 0 : 2e-5 * sigma + (1.2e-7 * (1 + sigma ** 2)) / sigma;
}
