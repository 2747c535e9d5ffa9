import { keyedNoise, solve } from 'rxdiffusion/testing';
import { levelOnPath } from 'rxdiffusion/plugin';
import { Roles, type DiffusersQuirk, type NoiseLevel } from 'rxdiffusion';
import { estimate } from '../tools/golden/estimate.js';
import { made } from '../tools/golden/plugins.js';
import { runOf, type SchedulerRun } from '../tools/golden/scheduler-parts.js';
import type { Benchmark, Figure } from './figures.js';

type Settings = Readonly<Record<string, unknown>>;

/** A run that shows what diffusers does otherwise. */
interface Shown {
  readonly quirk: DiffusersQuirk;
  readonly config: Settings;
  readonly step?: Settings;
  readonly steps: readonly number[];
  /** Root mean square error against the exact ODE, standard deviation of the samples (data: 1.06), or the mere change. */
  readonly figure: 'error' | 'std' | 'change';
  /** Samples of the batch among which the numbers are divided; 1 where absent. */
  readonly samples?: number;
}

const named = (name: string, config: Settings = {}): Settings => ({ _class_name: `${name}Scheduler`, ...config });
const THIRD = {
  solver_order: 3,
  lower_order_final: false,
  use_exponential_sigmas: true,
  final_sigmas_type: 'sigma_min',
};
const NO_CLIP = { clip_sample: false };
const COUNTS = [20, 80, 320];

const SHOWN: readonly Shown[] = [
  {
    quirk: 'previous-time',
    config: named('DDIM', { ...NO_CLIP, timestep_spacing: 'trailing' }),
    steps: [33, 150, 600],
    figure: 'error',
  },
  {
    quirk: 'previous-time',
    config: named('DDIM', { ...NO_CLIP, timestep_spacing: 'linspace' }),
    steps: COUNTS,
    figure: 'error',
  },
  { quirk: 'inverse-level', config: named('DDIMInverse', NO_CLIP), steps: COUNTS, figure: 'error' },
  { quirk: 'third-order-factor', config: named('DPMSolverMultistep', THIRD), steps: COUNTS, figure: 'error' },
  { quirk: 'first-order-start', config: named('DPMSolverMultistep', THIRD), steps: COUNTS, figure: 'error' },
  {
    quirk: 'sde-third-order-sign',
    config: named('DPMSolverSinglestep', {
      ...{ ...THIRD, lower_order_final: false, algorithm_type: 'sde-dpmsolver++', solver_type: 'heun' },
    }),
    steps: [30, 120],
    figure: 'std',
  },
  { quirk: 'late-churn', config: named('EDMEuler'), step: { s_churn: 40 }, steps: [50, 100], figure: 'std' },
  {
    quirk: 'late-churn',
    config: named('FlowMatchHeunDiscrete'),
    step: { s_churn: 3 },
    steps: [50, 100],
    figure: 'std',
  },
  {
    quirk: 'ignored-churn',
    config: named('FlowMatchEulerDiscrete'),
    step: { s_churn: 5 },
    steps: [20],
    figure: 'change',
  },
  {
    quirk: 'log-linear-end',
    config: named('EulerDiscrete', { interpolation_type: 'log_linear' }),
    steps: COUNTS,
    figure: 'error',
  },
  {
    quirk: 'mixed-v',
    config: named('PNDM', { prediction_type: 'v_prediction' }),
    steps: [20, 50, 100],
    figure: 'error',
  },
  { quirk: 'even-weights', config: named('PNDM'), steps: [20, 50, 100], figure: 'error' },
  { quirk: 'lost-first-mean', config: named('IPNDM'), steps: COUNTS, figure: 'error' },
  { quirk: 'double-shift', config: named('FlowMatchEulerDiscrete', { shift: 3 }), steps: COUNTS, figure: 'error' },
  {
    quirk: 'no-op-last-step',
    config: named('DEISMultistep', { use_exponential_sigmas: true }),
    steps: COUNTS,
    figure: 'error',
  },
  { quirk: 'raw-noise', config: named('DDIM', { clip_sample_range: 1.5 }), steps: [20, 100], figure: 'change' },
  {
    quirk: 'final-noise',
    config: named('DDPM', { ...NO_CLIP, variance_type: 'fixed_large', timestep_spacing: 'trailing' }),
    steps: [20, 100],
    figure: 'std',
  },
  { quirk: 'whole-times', config: named('TCD'), step: { eta: 0.3 }, steps: [4, 8], figure: 'change' },
  { quirk: 'small-start', config: named('EulerAncestralDiscrete'), steps: [20, 80], figure: 'change' },
  {
    quirk: 'below-noise',
    config: named('UniPCMultistep', { use_flow_sigmas: true, prediction_type: 'flow_prediction' }),
    steps: [10],
    figure: 'change',
  },
  { quirk: 'batch-norms', config: named('ScoreSdeVe'), steps: [100, 1000], figure: 'change', samples: 10 },
  { quirk: 'batch-norms', config: named('ScoreSdeVe'), steps: [100, 1000], figure: 'std', samples: 30 },
  { quirk: 'stepped-sigmas', config: named('ScoreSdeVe'), steps: [100, 1000], figure: 'change' },
  { quirk: 'stepped-sigmas', config: named('ScoreSdeVe'), steps: [100, 1000], figure: 'std' },
  { quirk: 'final-noise', config: named('ScoreSdeVe'), steps: [100, 1000], figure: 'std' },
];

/**
 * What each difference from diffusers is worth, on the exact Gaussian mixture in double precision: the same config read
 * right, and with the one switch. The table of docs/differences.md.
 */
export const differences: Benchmark = async () => {
  const rows: Figure[] = [];
  for (const shown of SHOWN)
    for (const steps of shown.steps) {
      const [right, repeated] = [await endOf(shown, steps, []), await endOf(shown, steps, [shown.quirk])];
      rows.push({
        quirk: shown.quirk,
        class: String(shown.config['_class_name']).replace('Scheduler', ''),
        steps,
        figure: shown.figure,
        ours: await figureOf(shown, right, right),
        diffusers: await figureOf(shown, repeated, right),
      });
    }
  return rows;
};

interface End {
  readonly run: SchedulerRun;
  readonly start: Float64Array;
  readonly x: Float64Array;
}

async function endOf(
  { config, step = {}, figure, samples = 1 }: Shown,
  steps: number,
  compatible: readonly DiffusersQuirk[],
): Promise<End> {
  const run = await runOf(config, { steps, step, compatible });
  const seeds = Array.from({ length: samples }, (_, sample) => sample);
  const noise = keyedNoise(seeds, (figure === 'std' ? 3000 : 100) / samples);
  const first = run.levels[0] as NoiseLevel;
  const std = first.sigma > 0.9 || first.alpha < 1 ? run.schedule.priorStd(first) : 1;
  const start = noise.noise(0, 'start').map((value) => std * value);
  const late = compatible.includes('inverse-level');
  const x = solve({
    ...{ ...noise, sampler: run.sampler, levels: run.levels, schedule: run.schedule, x: start },
    denoise: (at, level) => estimate({ config }, run, at, level, late ? run.schedule.at(level.t) : level),
  });
  return { run, start, x };
}

async function figureOf({ figure, config }: Shown, end: End, right: End): Promise<number> {
  const value =
    figure === 'std' ? deviation(end.x) : figure === 'change' ? rms(end.x, right.x) : await errorOf(config, end);
  return Number(value.toPrecision(2));
}

/** The distance from where the exact ODE takes the same starts, in the same coordinate. */
async function errorOf(config: Settings, { run, start, x }: End): Promise<number> {
  const [first, last] = [run.levels[0] as NoiseLevel, run.levels.at(-1) as NoiseLevel];
  const [from, to] = [first, last].map(({ lambda }) => Math.min(Math.max(lambda, -12), 12)) as [number, number];
  const { path } = run.schedule;
  const count = 300;
  const levels = Array.from({ length: count + 1 }, (_, i) => levelOnPath(path, 0, from + ((to - from) * i) / count));
  const exact = solve({
    ...{ sampler: await made(Roles.sampler, 'unipc', { order: 3 }), levels, x: start, schedule: run.schedule },
    denoise: (at, level) => estimate({ config }, { ...run, clip: undefined }, at, level),
  });
  return rms(x, exact);
}

function rms(a: Float64Array, b: Float64Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] ?? Number.NaN)) ** 2, 0) / a.length);
}

function deviation(x: Float64Array): number {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  return Math.sqrt(x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length);
}
