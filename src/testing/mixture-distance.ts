import { THREE_GAUSSIANS, type Component } from '../core/math/exact-mixture.js';

const [FROM, TO, CELLS] = [-6, 6, 6000];

/**
 * Wasserstein-1 distance of some numbers from a mixture inside of [-6, 6], that which `exactDenoise` knows where none is
 * given: the area between the two distribution functions. For n numbers from that mixture itself it is about
 * `1.3 / sqrt(n)`.
 */
export function mixtureDistance(samples: Float64Array, components: readonly Component[] = THREE_GAUSSIANS): number {
  const sorted = samples.toSorted();
  const width = (TO - FROM) / CELLS;
  let [below, area, counted] = [0, 0, 0];
  for (let cell = 0; cell < CELLS; cell++) {
    const x = FROM + (cell + 0.5) * width;
    const half = (density(components, x) * width) / 2;
    below += half;
    while ((sorted[counted] ?? Infinity) < x) counted++;
    area += Math.abs(below - counted / sorted.length) * width;
    below += half;
  }
  return area + sorted.reduce((sum, x) => sum + Math.max(0, FROM - x, x - TO), 0) / sorted.length;
}

function density(components: readonly Component[], x: number): number {
  return components.reduce(
    (sum, { mean, std, weight }) =>
      sum + (weight * Math.exp(-((x - mean) ** 2) / (2 * std ** 2))) / (std * Math.sqrt(2 * Math.PI)),
    0,
  );
}
