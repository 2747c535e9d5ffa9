import type { SchedulerFile } from './scheduler-file.js';

/** A shift of flow times that a run is told: `kind` and `mu` as the schedule `flow` takes them, and the shift that it is. */
export interface DynamicShift {
  readonly kind: 'exponential' | 'linear';
  readonly mu: number;
  readonly value: number;
}

/** The dynamic shift that `mu` sets; `undefined` where the shift is a number. */
export function readDynamicShift({ config, setTimesteps }: SchedulerFile): DynamicShift | undefined {
  const kind = config.choice('time_shift_type', 'exponential', ['exponential', 'linear']);
  if (!config.flag('use_dynamic_shifting', false)) {
    config.leaveUnused('time_shift_type');
    return undefined;
  }
  const mu = setTimesteps.optionalNumber('mu', kind === 'linear' ? { min: Number.MIN_VALUE } : {});
  if (mu === undefined) return setTimesteps.refuse('mu', 'a number, since use_dynamic_shifting is true');
  return { kind, mu, value: kind === 'exponential' ? Math.exp(mu) : mu };
}
