import type { Use } from '../../../core/assembly/recipe.js';
import { readCustomTimes } from './custom-times.js';
import type { SchedulerFile } from './scheduler-file.js';
import { readSigmaRule, refuseOwnLevels, ruleSettings, type SigmaRule } from './sigma-flags.js';
import { checkSpacedSteps, readSpacing } from './spaced-grid.js';
import { use } from './use.js';
import { COMMON_SCHEDULES } from './vp-schedule.js';

/** What the multistep classes know beside their spacing and rules. */
export interface LambdaKeys {
  /** `timestep_spacing`; linspace where the class has no such key. */
  readonly spaced?: boolean;
  /** `use_lu_lambdas`. */
  readonly lu?: boolean;
  /** `timesteps` of `set_timesteps`. */
  readonly times?: boolean;
  /** Whether times by karras and lu rules are cut off, not rounded, on the cosine schedule. */
  readonly cosineCutOff?: boolean;
  /** `lambda_min_clipped`. */
  readonly clipped?: boolean;
  /** Where runs end: by `final_sigmas_type`, or always at the least sigma. */
  readonly final: 'said' | 'sigma-min';
  /** Whether rules end at their own least sigma again, or at that of the table. */
  readonly ruleFinal: 'repeat' | 'append-sigma-min';
}

/** Where runs of a config end: at sigma 0 or above it. */
export function endsAtZero({ config }: SchedulerFile, { final }: Pick<LambdaKeys, 'final'>): boolean {
  return final === 'said' && config.choice('final_sigmas_type', 'zero', ['zero', 'sigma_min']) === 'zero';
}

/**
 * The grid of a class that works in lambda (the DPM-Solver family): whole times with one more spaced out and the cleanest
 * left out, or sigmas by a rule between the ends of the whole table.
 */
export function readLambdaGrid(file: SchedulerFile, keys: LambdaKeys): Use {
  const { config } = file;
  const lu = keys.lu === true && config.flag('use_lu_lambdas', false);
  const rule = readSigmaRule(config) ?? (lu ? ('lu-lambda' as const) : undefined);
  const own = keys.times === true ? readCustomTimes(file) : undefined;
  if (rule !== undefined && own !== undefined) refuseOwnLevels('timesteps', rule);
  if (rule !== undefined) return ruleGrid(file, rule, keys);
  const above = endsAtZero(file, keys) ? undefined : 'append-sigma-min';
  if (own !== undefined) return use('custom', { times: own, final: above });
  const lambda = keys.clipped === true ? config.number('lambda_min_clipped', -Infinity) : -Infinity;
  const shared = { lambdaMin: Number.isFinite(lambda) ? lambda : undefined, final: above };
  const spacing = keys.spaced === true ? readSpacing(config, { spacing: 'linspace' }) : LINSPACE;
  checkSpacedSteps(file, spacing, { extraPoint: spacing.name !== 'trailing' });
  const { name, offset } = spacing;
  if (name === 'trailing') return use(name, shared);
  if (name === 'linspace') return use(name, { extraPoint: true, ...shared });
  return use(name, { offset: offset > 0 ? offset : undefined, extraPoint: true, ...shared });
}

/** The spacing of classes that know no other. */
const LINSPACE = { name: 'linspace', offset: 0 } as const;

function ruleGrid(file: SchedulerFile, rule: SigmaRule | 'lu-lambda', keys: LambdaKeys): Use {
  const { config } = file;
  const positive = { min: Number.MIN_VALUE };
  const [sigmaMin, sigmaMax] = (['sigma_min', 'sigma_max'] as const).map((key) => config.optionalNumber(key, positive));
  const tabled = keys.ruleFinal === 'append-sigma-min' && sigmaMin !== undefined;
  const above = tabled || file.repeats('no-op-last-step') ? keys.ruleFinal : 'sigma-min';
  return use(rule, {
    ...(rule === 'lu-lambda' ? {} : ruleSettings(rule)),
    ...{ sigmaMin, sigmaMax },
    rounding: keys.cosineCutOff === true && isCosine(file) ? 'down' : ROUNDINGS[rule],
    final: endsAtZero(file, keys) ? undefined : above,
  });
}

function isCosine({ config }: SchedulerFile): boolean {
  return config.choice('beta_schedule', 'linear', COMMON_SCHEDULES) === 'squaredcos_cap_v2';
}

/** How the times of a rule are told to the network: as whole numbers, nearest or cut off. */
const ROUNDINGS = { karras: 'nearest', 'lu-lambda': 'nearest', exponential: 'down', beta: 'down' } as const;
