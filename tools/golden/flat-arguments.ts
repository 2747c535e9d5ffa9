import type { SchedulerConfig } from './solver-case.js';

const STEP_KEYS = ['eta', 'use_clipped_model_output', 's_churn', 's_tmin', 's_tmax', 'order'];
const SET_KEYS = ['timesteps', 'sigmas', 'mu', 'strength'];

/** Arguments of a record without a config, sorted as diffusers takes them. */
export interface SortedArguments {
  readonly config: SchedulerConfig;
  readonly setTimesteps: SchedulerConfig;
  readonly step: SchedulerConfig;
  readonly steps?: number;
}

/** Sorts what constructor, set_timesteps and step of a class were given. Runs of 10 steps are recorded without a number. */
export function sortedArguments(schedulerClass: string, flat: SchedulerConfig): SortedArguments {
  const isConsistency = schedulerClass === 'CMStochasticIterativeScheduler';
  const stepKeys = isConsistency ? STEP_KEYS : [...STEP_KEYS, 's_noise'];
  const entries = Object.entries(flat);
  const of = (keys: readonly string[]): SchedulerConfig =>
    Object.fromEntries(entries.filter(([key]) => keys.includes(key)));
  const rest = entries.filter(([key]) => ![...stepKeys, ...SET_KEYS, 'N'].includes(key));
  const own = 'timesteps' in flat || 'sigmas' in flat;
  const steps = (flat['N'] as number | undefined) ?? (own ? undefined : 10);
  return {
    config: { _class_name: schedulerClass, ...Object.fromEntries(rest) },
    setTimesteps: of(SET_KEYS),
    step: of(stepKeys),
    ...(steps === undefined ? {} : { steps }),
  };
}
