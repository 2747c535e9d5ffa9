import type { Use } from '../../../core/assembly/recipe.js';
import { endsAtZero, type LambdaKeys } from './lambda-grid.js';
import { refuseScheduler } from './refuse.js';
import type { SchedulerFile } from './scheduler-file.js';
import { timeOfSigma } from './shifted-sigmas.js';
import { trainStepsOf, COMMON_SCHEDULES } from './vp-schedule.js';
import { use } from './use.js';
import type { SchedulerFields } from './scheduler-fields.js';

/** Refuses `mu` where the shift is not dynamic. */
export function checkShift({ config, setTimesteps }: SchedulerFile): void {
  const isDynamic = config.flag('use_dynamic_shifting', false);
  if (isDynamic) config.choice('time_shift_type', 'exponential', ['exponential']);
  else if (setTimesteps.has('mu')) setTimesteps.refuse('mu', 'nothing, since use_dynamic_shifting is false');
}

function readFlowShift({ config, setTimesteps }: SchedulerFile): number {
  const mu = setTimesteps.optionalNumber('mu');
  return mu === undefined ? config.number('flow_shift', 1, { min: Number.MIN_VALUE }) : Math.exp(mu);
}

/** The least time of the flow path where nothing else is said: more steps than go down to it have a smaller one. */
const LEAST_TIME = 1e-3;

/** Schedule and grid of the DPM-Solver family on the flow path: evenly spaced times, then shifted. */
export function readFlowSigmas(file: SchedulerFile, keys: LambdaKeys): { schedule: Use; grid: Use } {
  const { config } = file;
  const trainSteps = trainStepsOf(config);
  const shift = readFlowShift(file);
  const tMax = 1 - 1 / trainSteps;
  const last = tMax / file.steps;
  const range = { tMin: last < LEAST_TIME ? last : undefined, tMax, shift: shift === 1 ? undefined : shift };
  if (endsAtZero(file, keys)) return { schedule: use('flow', range), grid: use('trailing') };
  if (keys.final === 'said') return endingAtTable(file, range, shift);
  const final = file.repeats('no-op-last-step') ? 'repeat' : undefined;
  return { schedule: use('flow', range), grid: use('trailing', { final }) };
}

/** Classes that say their final sigma take the least one of their table of betas, which is none of this path. */
function endingAtTable(
  { config, steps }: SchedulerFile,
  range: { readonly tMax: number },
  shift: number,
): { schedule: Use; grid: Use } {
  const beta = firstBeta(config);
  const sigma = Math.sqrt(beta / (1 - beta));
  const tMin = timeOfSigma(sigma, shift);
  if (range.tMax / steps <= tMin)
    refuseScheduler({
      problem: 'the run would end noisier than the step before it: at the least sigma of the betas',
      got: `steps ${steps} with use_flow_sigmas, final_sigmas_type sigma_min and a first beta of ${beta}`,
      expected: `steps up to ${Math.ceil(range.tMax / tMin) - 1}`,
      fix: 'ask for fewer steps, or set final_sigmas_type to zero',
    });
  return { schedule: use('flow', { ...range, tMin }), grid: use('trailing', { final: 'append-sigma-min' }) };
}

/** The first beta of a config: all that the least sigma of its table depends on. */
function firstBeta(config: SchedulerFields): number {
  const betas = config.numbers('trained_betas');
  if (betas !== undefined) return betas[0] ?? 0;
  const name = config.choice('beta_schedule', 'linear', COMMON_SCHEDULES);
  if (name !== 'squaredcos_cap_v2') return config.number('beta_start', 1e-4, { min: 0, max: 1 });
  const alphaBar = (u: number): number => Math.cos((((u + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  return 1 - alphaBar(1 / trainStepsOf(config)) / alphaBar(0);
}
