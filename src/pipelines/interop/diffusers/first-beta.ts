import type { SchedulerFields } from './scheduler-fields.js';
import { COMMON_SCHEDULES, trainStepsOf } from './vp-schedule.js';

/** The first beta of a config: all that the least sigma of its table depends on. */
export function firstBeta(config: SchedulerFields): number {
  const betas = config.numbers('trained_betas');
  if (betas !== undefined) return betas[0] ?? 0;
  const name = config.choice('beta_schedule', 'linear', COMMON_SCHEDULES);
  if (name !== 'squaredcos_cap_v2') return config.number('beta_start', 1e-4, { min: 0, max: 1 });
  const alphaBar = (u: number): number => Math.cos((((u + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  return 1 - alphaBar(1 / trainStepsOf(config)) / alphaBar(0);
}
