import type { Vector, VectorSpace } from '../../core/contracts/vector.js';
import { lagrangeWeights } from './lagrange-weights.js';
import type { PastEstimates } from './past-estimates.js';

/** Weights of Adams and Bashforth for one to four estimates on even steps, newest first. */
const EVEN: readonly (readonly number[])[] = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
];

/**
 * Weights, whose sum is 1, by which the estimates at `places` (newest first, four at most) give their mean from
 * `places[0]` to `end`. `uneven` is exact for polynomials through the places; `even` takes them as evenly spaced
 * wherever they are, as Liu et al. 2022 ("PNDM", equation 13) do.
 */
function adamsBashforth(spacing: 'uneven' | 'even', places: readonly number[], end: number): readonly number[] {
  if (spacing === 'even') return EVEN[places.length - 1] ?? [];
  const width = end - (places[0] ?? Number.NaN);
  return lagrangeWeights(places, end).map((weight) => weight / width);
}

/** The mean of the estimates from the newest one's place to `end`, by these weights. */
export function meanEstimate(
  { combine }: Pick<VectorSpace, 'combine'>,
  known: PastEstimates,
  spacing: 'uneven' | 'even',
  end: number,
): Vector {
  const places = known.map(([place]) => place);
  const weights = adamsBashforth(spacing, places, end);
  return combine(...known.map(([, estimate], i) => [weights[i] ?? 0, estimate] as const));
}
