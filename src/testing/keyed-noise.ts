import { BrownianPath } from '../core/random/brownian-path.js';
import { normals } from '../core/random/draws.js';
import type { Solve } from '../core/loop/solve.js';

/** What samplers draw in a run of `solve`: `width` numbers for each seed, keyed as the pipeline keys them. */
export function keyedNoise(
  seeds: readonly number[],
  width: number,
): Required<Pick<Solve, 'noise' | 'brownian' | 'samples'>> {
  const batch = (draw: (seed: number, sample: number) => Float64Array): Float64Array => joined(seeds.map(draw));
  const paths = seeds.map(
    (seed) => new BrownianPath((node) => normals({ seed, purpose: 'brownian', step: node }, width)),
  );
  return {
    samples: seeds.length,
    noise: (index, key) =>
      batch((seed) => normals({ seed, purpose: key === undefined ? 'step' : `step/${key}`, step: index }, width)),
    brownian: (from, to, rate) =>
      batch((_, sample) => (paths[sample] as BrownianPath).increment(from.lambda, to.lambda, rate)),
  };
}

function joined(rows: readonly Float64Array[]): Float64Array {
  if (rows.length === 1) return rows[0] as Float64Array;
  const all = new Float64Array(rows.reduce((sum, row) => sum + row.length, 0));
  let place = 0;
  for (const row of rows) {
    all.set(row, place);
    place += row.length;
  }
  return all;
}
