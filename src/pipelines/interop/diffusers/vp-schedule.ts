import type { Use } from '../../../core/assembly/recipe.js';
import type { SchedulerFields } from './scheduler-fields.js';
import { use } from './use.js';

const SCHEDULES = {
  linear: 'linear',
  scaled_linear: 'scaled-linear',
  squaredcos_cap_v2: 'cosine',
  sigmoid: 'sigmoid',
  laplace: 'laplace',
  exp: 'exp',
} as const;

/** The name of a beta schedule in words of diffusers. */
export type BetaSchedule = keyof typeof SCHEDULES;

/** What every class with betas knows. */
export const COMMON_SCHEDULES: readonly BetaSchedule[] = ['linear', 'scaled_linear', 'squaredcos_cap_v2'];

/** What differs between the classes. */
export interface VpDefaults {
  readonly betaStart?: number;
  readonly betaEnd?: number;
  readonly betaSchedule?: BetaSchedule;
  readonly known?: readonly BetaSchedule[];
  /** `set_alpha_to_one` where it is absent, or that it is not asked; classes without that key end where their grid says. */
  readonly alphaToOne?: boolean | 'never';
  /** What a table with zero terminal SNR ends in: alpha 0, or the small number that sigma needs; no such key where absent. */
  readonly zeroSnr?: 'zero' | 'tiny';
}

/** alpha² of the last level in classes that divide by alpha. */
const TINY = 2 ** -24;

/** Number of training steps: `num_train_timesteps`, or as many as there are trained betas. */
export function trainStepsOf(config: SchedulerFields, fallback = 1000): number {
  return config.numbers('trained_betas')?.length ?? config.integer('num_train_timesteps', fallback, { min: 1 });
}

/** The variance-preserving schedule of a config: betas by name or by list, and where it ends at either side. */
export function readVpSchedule(config: SchedulerFields, defaults: VpDefaults = {}): Use {
  const { alphaToOne, zeroSnr } = defaults;
  const rescaled = zeroSnr !== undefined && config.flag('rescale_betas_zero_snr', false);
  const ends = {
    finalAlpha: endsAtOne(config, alphaToOne) ? undefined : 'first',
    zeroTerminalSnr: rescaled ? true : undefined,
    terminalAlphaCumprod: rescaled && zeroSnr === 'tiny' ? TINY : undefined,
  };
  const betas = config.numbers('trained_betas');
  if (betas !== undefined) return use('custom-betas', { betas, ...ends });
  return namedSchedule(config, defaults, ends);
}

function endsAtOne(config: SchedulerFields, alphaToOne: VpDefaults['alphaToOne']): boolean {
  if (alphaToOne === 'never') return false;
  return alphaToOne === undefined || config.flag('set_alpha_to_one', alphaToOne);
}

function namedSchedule(config: SchedulerFields, defaults: VpDefaults, ends: object): Use {
  const { betaStart = 1e-4, betaEnd = 0.02, betaSchedule = 'linear', known = COMMON_SCHEDULES } = defaults;
  const name = config.choice('beta_schedule', betaSchedule, known);
  const trainSteps = trainStepsOf(config);
  if (name === 'squaredcos_cap_v2' || name === 'laplace' || name === 'exp')
    return use(SCHEDULES[name], { trainSteps, ...ends });
  const range = { min: 0, max: 1 };
  const betas = {
    betaStart: config.number('beta_start', betaStart, range),
    betaEnd: config.number('beta_end', betaEnd, range),
  };
  return use(SCHEDULES[name], { trainSteps, ...betas, ...ends });
}
