import { solveLinear } from './solve-linear.js';

/** Which function B(h) scales the corrections: `bh1` is h, `bh2` is exp(h) - 1. */
export type UniPCVariant = 'bh1' | 'bh2';

/**
 * Weights of other estimates in a step, for the estimate at its start the rest of `1 - exp(h)` (Zhao et al. 2023,
 * "UniPC", equations 3 and 5; with one other estimate the weight 1/2 that the paper fixes).
 *
 * @param places - where the other estimates were made, in steps: 1 is the end, -1 one step of this width before
 * @param h - width of the step in lambda for estimates of the noise, minus that for estimates of the clean sample
 */
export function unipcWeights(places: readonly number[], h: number, variant: UniPCVariant): readonly number[] {
  const scale = variant === 'bh1' ? h : Math.expm1(h);
  const right = momentsOf(places.length, h).map((moment) => moment / scale);
  const powers = places.map((_, power) => places.map((place) => place ** power));
  const shares = places.length === 1 ? [0.5] : solveLinear(powers, right);
  return shares.map((share, k) => (-scale * share) / (places[k] ?? Number.NaN));
}

/** The first moments that the weights must match: `n! phi_(n+1)(h)`, by the recurrence of the phi functions. */
function momentsOf(count: number, h: number): readonly number[] {
  let phi = Math.expm1(h) / h - 1;
  let factorial = 1;
  return Array.from({ length: count }, (_, n) => {
    const moment = phi * factorial;
    factorial *= n + 2;
    phi = phi / h - 1 / factorial;
    return moment;
  });
}
