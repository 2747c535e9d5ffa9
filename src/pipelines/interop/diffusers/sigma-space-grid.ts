import type { Use } from '../../../core/assembly/recipe.js';
import { readCustomTimes } from './custom-times.js';
import type { SchedulerFile } from './scheduler-file.js';
import { readSigmaRule, refuseOwnLevels, ruleSettings, type SigmaRule } from './sigma-flags.js';
import { checkSpacedSteps, endsAboveZero, readSpacing } from './spaced-grid.js';
import { use } from './use.js';

/** What the classes of the family know beside their spacing. */
export interface SigmaSpaceKeys {
  /** Rules that space sigmas. */
  readonly rules?: boolean;
  /** `timesteps` of `set_timesteps`. */
  readonly times?: boolean;
  /** Whether karras sigmas go from end to end of the spaced times, whatever `sigma_min` and `sigma_max` say. */
  readonly ownKarrasRange?: boolean;
  /** Whether karras sigmas are told to networks as whole times. */
  readonly wholeKarrasTimes?: boolean;
  /** The keys of `EulerDiscreteScheduler`: ends of the rules, where the run ends, how times become sigmas. */
  readonly euler?: boolean;
}

/**
 * The grid of a class that works in sigma (the Euler family): times that may lie between two indices, sigma on a straight
 * line between theirs, or sigmas by a rule between the ends of those times.
 */
export function readSigmaSpaceGrid(file: SchedulerFile, keys: SigmaSpaceKeys = {}): Use {
  const { config } = file;
  const rule = keys.rules === true ? readSigmaRule(config) : undefined;
  const own = keys.times === true ? readCustomTimes(file) : undefined;
  if (own !== undefined && rule !== undefined) refuseOwnLevels('timesteps', rule);
  const logLinear = keys.euler === true && config.choice('interpolation_type', 'linear', INTERPOLATIONS) !== 'linear';
  if (rule !== undefined) return ruleGrid(file, rule, keys, logLinear);
  if (logLinear) return logLinearGrid(file);
  const final = keys.euler === true ? readFinal(file, { own }) : undefined;
  if (own !== undefined) return use('custom', { times: own, final });
  const spacing = readSpacing(config, { spacing: 'linspace' });
  const { name, offset } = spacing;
  if (name !== 'linspace') checkSpacedSteps(file, spacing, { extraPoint: final === 'sigma-min' });
  if (name === 'linspace') return use(name, { rounding: false, interpolation: 'sigma', final });
  return use(name, { offset: offset > 0 ? offset : undefined, final });
}

const INTERPOLATIONS = ['linear', 'log_linear'] as const;

function logLinearGrid(file: SchedulerFile): Use {
  const spacing = readSpacing(file.config, { spacing: 'linspace' });
  const { name, offset } = spacing;
  const repeatsTimes = file.repeats('log-linear-times');
  if (repeatsTimes && name !== 'linspace') checkSpacedSteps(file, spacing);
  return use('exponential', {
    final: file.repeats('log-linear-end') ? 'sigma-min' : undefined,
    told: repeatsTimes ? name : undefined,
    offset: repeatsTimes && offset > 0 ? offset : undefined,
  });
}

function ruleGrid(file: SchedulerFile, rule: SigmaRule, { euler, ...keys }: SigmaSpaceKeys, wholeRange: boolean): Use {
  const { config } = file;
  const spacing = readSpacing(config, { spacing: 'linspace' });
  const { name, offset } = spacing;
  if (name === 'leading' && !wholeRange) checkSpacedSteps(file, spacing);
  const positive = { min: Number.MIN_VALUE };
  const ends = rule === 'karras' && keys.ownKarrasRange === true ? [] : (['sigma_min', 'sigma_max'] as const);
  const [sigmaMin, sigmaMax] = ends.map((key) => config.optionalNumber(key, positive));
  return use(rule, {
    ...ruleSettings(rule),
    ...{ sigmaMin, sigmaMax },
    ends: name === 'linspace' || wholeRange ? undefined : name,
    offset: offset > 0 && !wholeRange ? offset : undefined,
    rounding: keys.wholeKarrasTimes === true && rule === 'karras' ? 'nearest' : undefined,
    final: euler ? readFinal(file, { wholeRange, sigmaMin }) : undefined,
  });
}

interface LastLevel {
  readonly wholeRange?: boolean;
  readonly sigmaMin?: number | undefined;
  readonly own?: readonly number[] | undefined;
}

/** `final_sigmas_type` of `EulerDiscreteScheduler`: its run ends at the least sigma of the table, also where it is there. */
function readFinal(file: SchedulerFile, { wholeRange = false, sigmaMin, own }: LastLevel): string | undefined {
  if (file.config.choice('final_sigmas_type', 'zero', ['zero', 'sigma_min']) === 'zero') return undefined;
  const spacedToZero = wholeRange || !endsAboveZero(file, { spacing: 'linspace' });
  const isThere = own === undefined ? sigmaMin === undefined && spacedToZero : own.at(-1) === 0;
  return isThere && !file.repeats('no-op-last-step') ? 'sigma-min' : 'append-sigma-min';
}
