import type { StepContext } from '../../core/contracts/sampler.js';
import type { Term, Vector } from '../../core/contracts/vector.js';
import { exponentialStep, exponentialTerms } from './exponential-integrator.js';

/** Two results of one step, of neighbouring orders, that share their network calls. */
export interface EmbeddedPair {
  readonly low: Vector;
  readonly high: Vector;
}

/**
 * DPM-Solver-1 in -2, or -2 in -3 (Lu et al. 2022, "DPM-Solver", algorithms 1 and 2), in the form in noise: stages at half
 * of the step in lambda, or at one and two thirds.
 *
 * @param noise - the estimate at the start of the step
 */
export function embeddedPair(
  order: 2 | 3,
  x: Vector,
  noise: Vector,
  { from, to, denoise, combine, level }: Pick<StepContext, 'from' | 'to' | 'denoise' | 'combine' | 'level'>,
): EmbeddedPair {
  const now = [from.lambda, noise] as const;
  const whole = exponentialStep('noise', from, to);
  const stageAt = (share: number, termsTo: (step: typeof whole) => readonly Term[]) => {
    const at = level({ lambda: from.lambda + share * (to.lambda - from.lambda) });
    return [at.lambda, denoise(combine(...termsTo(exponentialStep('noise', from, at))), at).noise] as const;
  };
  const first = stageAt(1 / order, (step) => exponentialTerms(step, x, [now]));
  const second = combine(...exponentialTerms(whole, x, [now, first], 'midpoint'));
  if (order === 2) return { low: combine(...exponentialTerms(whole, x, [now])), high: second };
  const last = stageAt(2 / 3, (step) => exponentialTerms(step, x, [now, first]));
  return { low: second, high: combine(...exponentialTerms(whole, x, [now, last])) };
}
