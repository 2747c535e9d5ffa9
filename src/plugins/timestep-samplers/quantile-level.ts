import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { inverseNormal } from '../../core/math/inverse-normal.js';

/** A normal distribution of `-lambda = ln(sigma / alpha)`. */
export interface NormalOfLogSigma {
  readonly mean: number;
  readonly std: number;
}

/** Keeps quantiles finite at the ends of [0, 1). */
const EDGE = 1e-12;

/** The level at the `u`-quantile of a distribution; on a discrete schedule, its nearest index. */
export function quantileLevel(schedule: NoiseSchedule, u: number, { mean, std }: NormalOfLogSigma): NoiseLevel {
  const lambda = -(mean + std * inverseNormal(Math.min(Math.max(u, EDGE), 1 - EDGE)));
  const t = schedule.timeAt(lambda);
  return schedule.at(schedule.trainSteps === undefined ? t : Math.round(t));
}
