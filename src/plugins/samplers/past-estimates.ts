import type { Vector } from '../../core/contracts/vector.js';

/** Estimates at this level and those before, each with its place (`sigma / alpha`, or lambda), newest first. */
export type PastEstimates = readonly (readonly [place: number, estimate: Vector])[];

/** The last three of them as a flat record: what the state of a multistep sampler holds. */
export function remembered([first, second, third]: PastEstimates) {
  return {
    place1: first?.[0],
    estimate1: first?.[1],
    place2: second?.[0],
    estimate2: second?.[1],
    place3: third?.[0],
    estimate3: third?.[1],
  };
}

/** Undoes `remembered`. */
export function recalled(state: ReturnType<typeof remembered>): PastEstimates {
  const { place1, estimate1, place2, estimate2, place3, estimate3 } = state;
  const past: [number, Vector][] = [];
  if (place1 !== undefined && estimate1 !== undefined) past.push([place1, estimate1]);
  if (place2 !== undefined && estimate2 !== undefined) past.push([place2, estimate2]);
  if (place3 !== undefined && estimate3 !== undefined) past.push([place3, estimate3]);
  return past;
}
