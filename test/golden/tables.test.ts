import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Roles, type NoiseLevel, type NoiseSchedule } from 'rxdiffusion';
import { made } from '../plugins/plugins-of.js';
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

const tables = vendored('tables/tables.json.gz') as Tables;
const kdiffusion = vendored('solvers/kdiffusion.json.gz') as KDiffusion;

function vendored(name: string): unknown {
  return JSON.parse(gunzipSync(readFileSync(`test/golden/${name}`)).toString('utf8'));
}

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
  IPNDMScheduler: ({ t }) => t,
  EDMEulerScheduler: ({ sigma }) => Math.log(sigma) / 4,
  CosineDPMSolverMultistepScheduler: ({ sigma }) => (Math.atan(sigma) * 2) / Math.PI,
  FlowMatchEulerDiscreteScheduler: ({ sigma }) => 1000 * sigma,
};

/** Two-stage schedulers say each time and sigma but the first twice. */
function once(numbers: readonly number[]): readonly number[] {
  return numbers.filter((value, i) => i === 0 || value !== numbers[i - 1]);
}

interface KDiffusion {
  readonly sigmaSchedules: readonly {
    readonly schedule: string;
    readonly n: number;
    readonly sigmas: readonly number[];
  }[];
}

describe('grids of k-diffusion', () => {
  const range = { sigmaMin: 0.05, sigmaMax: 20 };
  const settings: Readonly<Record<string, object>> = {
    karras: range,
    exponential: range,
    polyexponential: { ...range, rho: 1.5 },
    vp: {},
  };

  it.each(kdiffusion.sigmaSchedules)('$schedule, $n steps', async ({ schedule: name, n, sigmas }) => {
    const grid = await made(Roles.grid, name, { ...settings[name] });
    const levels = grid.levels(await made(Roles.schedule, 'edm'), n);
    // They were computed in single precision, powers of 7 and the 1 that vp takes away included.
    sigmas.forEach((sigma, i) => {
      const error = sigma === 0 ? 0 : 5e-6 * sigma + 6e-8 / sigma;
      expect(Math.abs((levels[i]?.sigma ?? Number.NaN) - sigma)).toBeLessThanOrEqual(error);
    });
  });
});

interface ComfyGrids {
  readonly rows: readonly {
    readonly grid: string;
    readonly config: SchedulerArguments;
    readonly steps: number;
    readonly sigmas: readonly number[];
  }[];
}

describe('grids for ComfyUI', () => {
  const { rows } = JSON.parse(readFileSync('test/golden/tables/comfyui-grids.json', 'utf8')) as ComfyGrids;

  it.each(rows)('$grid $config, $steps steps', async ({ grid: name, config, steps, sigmas }) => {
    const isFlow = name === 'bong-tangent';
    const grid = await made(Roles.grid, name, isFlow ? config : { ...config, final: 'sigma-min' });
    const schedule = await made(Roles.schedule, isFlow ? 'flow' : 'scaled-linear', {});
    const levels = grid.levels(schedule, steps);
    expect(levels.length).toBe(sigmas.length);
    sigmas.forEach((recorded, i) => {
      const { alpha, sigma } = levels[i] ?? schedule.clean;
      expect(Math.abs((isFlow ? sigma : sigma / alpha) - recorded)).toBeLessThanOrEqual(5e-5 * recorded);
    });
  });
});

describe('grids of diffusers', () => {
  const [pseudo, rows] = [tables.grids.filter(isPseudo), tables.grids.filter((row) => !isPseudo(row))];

  it.each(pseudo.map(titled))(
    '$title, $numInferenceSteps steps, are among the times of its Runge-Kutta start',
    async (row) => {
      const { grid, schedule } = await diffusersParts(row.class, row.arguments);
      const times = grid.levels(schedule, row.numInferenceSteps).slice(0, -1);
      expect(row.timesteps).toEqual(expect.arrayContaining(times.map(({ t }) => t)));
    },
  );

  it.each(rows.map(titled))('$title, $numInferenceSteps steps', async (row) => {
    const { grid, schedule } = await diffusersParts(row.class, row.arguments);
    const levels = grid.levels(schedule, row.numInferenceSteps);
    const time = TIMES[row.class] ?? index;
    const sigma = ({ alpha, sigma }: NoiseLevel): number => (row.class.startsWith('Flow') ? sigma : sigma / alpha);
    const times = row.class.startsWith('DDIMInverse') ? row.timesteps.toReversed() : once(row.timesteps);
    times.forEach((t, i) => {
      const level = levels[i] as NoiseLevel;
      const error = time === index ? INDEX_ERROR : 1e-6 * Math.max(1, Math.abs(t));
      expect(Math.abs(time(level, t, schedule) - t)).toBeLessThanOrEqual(error);
    });
    once(row.sigmas ?? []).forEach((value, i) =>
      expect(Math.abs(sigma(levels[i] as NoiseLevel) - value)).toBeLessThanOrEqual(sigmaError(value)),
    );
  });
});

function isPseudo(row: GridRow): boolean {
  return row.class === 'PNDMScheduler';
}

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
