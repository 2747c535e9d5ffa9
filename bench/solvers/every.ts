import type { Figure } from '../figures.js';
import { gridNames, type Candidate } from './candidates.js';
import { inShort, type Table } from './table.js';

/** One figure of a sampler on a grid; nothing where it has no such run. */
export type Measure = (candidate: Candidate, grid: string) => Promise<number | undefined>;

/** Every sampler (rows) on every grid (columns), in the order of the best figure of each. */
export async function everySampler(name: string, samplers: readonly Candidate[], measure: Measure): Promise<Table> {
  const measured: { readonly best: number; readonly row: Figure }[] = [];
  for (const candidate of samplers) {
    const values = new Map<string, number | undefined>();
    for (const grid of gridNames()) values.set(grid, await measure(candidate, grid));
    const figures = [...values].map(([grid, value]) => [grid, inShort(value)] as const);
    const best = Math.min(...[...values.values()].map((value) => (Number.isFinite(value) ? Number(value) : Infinity)));
    measured.push({ best, row: { sampler: candidate.name, ...Object.fromEntries(figures) } });
  }
  const rows = measured.toSorted((a, b) => (a.best === b.best ? 0 : a.best - b.best)).map(({ row }) => row);
  return { name, rows };
}
