import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { NoiseSchedule } from '../../core/contracts/noise-schedule.js';
import { level, vpLevel } from '../../core/math/levels.js';

/** What `discreteSchedule` may be told beside its table. */
export interface DiscreteOptions {
  /** Where sampling ends: without noise, or at the first level of the table (`set_alpha_to_one` of diffusers). */
  readonly finalAlpha?: 'one' | 'first';
}

/** A variance-preserving schedule from its betas: alpha² is the cumulative product of 1 - beta. */
export function discreteSchedule(betas: readonly number[], options: DiscreteOptions = {}): NoiseSchedule {
  let product = 1;
  return scheduleOfTable(
    betas.map((beta) => (product *= 1 - beta)),
    options,
  );
}

/** A variance-preserving schedule from `alphasCumprod`, falling; time is the index, linear in lambda between indices. */
function scheduleOfTable(alphasCumprod: readonly number[], { finalAlpha = 'one' }: DiscreteOptions): NoiseSchedule {
  const table = alphasCumprod.map((product, t) => level(t, Math.sqrt(product), Math.sqrt(1 - product)));
  const last = table.length - 1;
  const at = (t: number): NoiseLevel => {
    const clamped = Math.min(Math.max(t, 0), last);
    const below = Math.floor(clamped);
    const [low, high] = [table[below] as NoiseLevel, table[Math.min(below + 1, last)] as NoiseLevel];
    if (clamped === below) return low;
    return vpLevel(clamped, low.lambda + (clamped - below) * (high.lambda - low.lambda));
  };
  const timeAt = (lambda: number): number => timeInTable(table, lambda);
  const first = table[0] as NoiseLevel;
  return {
    path: 'vp',
    trainSteps: table.length,
    tMin: 0,
    tMax: last,
    clean: finalAlpha === 'one' ? level(-1, 1, 0) : first,
    at,
    timeAt,
    levelAt: (lambda) => vpLevel(timeAt(lambda), lambda),
    priorStd: () => 1,
  };
}

/** Bisection in a table whose lambda falls, then a straight line between the two neighbours. */
function timeInTable(table: readonly NoiseLevel[], lambda: number): number {
  let [low, high] = [0, table.length - 1];
  if (lambda >= (table[low] as NoiseLevel).lambda) return low;
  if (lambda <= (table[high] as NoiseLevel).lambda) return high;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((table[middle] as NoiseLevel).lambda > lambda) low = middle;
    else high = middle;
  }
  const [from, to] = [(table[low] as NoiseLevel).lambda, (table[high] as NoiseLevel).lambda];
  return Number.isFinite(to) ? low + (lambda - from) / (to - from) : low;
}
