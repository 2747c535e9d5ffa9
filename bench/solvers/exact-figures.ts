import type { Figure } from '../figures.js';
import { candidates, gridNames, type Candidate } from './candidates.js';
import { PROBLEMS, type ExactProblem } from './exact-problems.js';
import { outcome, type Outcome } from './exact-runs.js';

/** Network calls of the runs. */
const CALLS = [5, 10, 20, 40, 80] as const;
/** Network calls of the runs that compare grids. */
export const GRID_CALLS = 20;
/** Samplers that stand for their kind where grids are compared. */
export const REPRESENTATIVES = new Set(['ddim', 'heun', 'dpmpp-2m', 'unipc', 'dpmpp-2m-sde']);

/** A named table: its rows are figures. */
export interface Table {
  readonly name: string;
  readonly rows: readonly Figure[];
}

/** Error and distance against network calls on the exact mixtures, of every sampler, and of every grid with a few. */
export async function exactTables(): Promise<readonly Table[]> {
  const all = await candidates();
  const tables: Table[] = [];
  for (const problem of PROBLEMS) tables.push(...(await samplerTables(problem, all)));
  return [...tables, await gridTable(PROBLEMS[0] as ExactProblem, all)];
}

async function samplerTables(problem: ExactProblem, all: readonly Candidate[]): Promise<readonly Table[]> {
  const [errors, distances]: [Figure[], Figure[]] = [[], []];
  for (const candidate of all) {
    const outcomes: (Outcome | undefined)[] = [];
    for (const calls of CALLS) outcomes.push(await outcome(problem, candidate, candidate.grid, calls));
    const named = { sampler: candidate.name };
    distances.push({
      ...named,
      ...row(
        CALLS,
        outcomes.map((each) => each?.distance),
      ),
    });
    if (!candidate.sampler.stochastic)
      errors.push({
        ...named,
        ...row(
          CALLS,
          outcomes.map((each) => each?.error),
        ),
      });
  }
  return [
    { name: `error-${problem.name}`, rows: byColumn(errors, `${GRID_CALLS} calls`) },
    { name: `distance-${problem.name}`, rows: byColumn(distances, `${GRID_CALLS} calls`) },
  ];
}

/** Every grid with the representatives, at 20 network calls. */
async function gridTable(problem: ExactProblem, all: readonly Candidate[]): Promise<Table> {
  const shown = all.filter(({ name }) => REPRESENTATIVES.has(name));
  const rows: Figure[] = [];
  for (const grid of gridNames()) {
    const values: [name: string, value: string][] = [];
    for (const candidate of shown) {
      const result = await outcome(problem, candidate, grid, GRID_CALLS);
      values.push([candidate.name, inShort(result?.error ?? result?.distance)]);
    }
    rows.push({ grid, ...Object.fromEntries(values) });
  }
  return { name: 'grids', rows };
}

/** A row of figures, one column for each number of network calls. */
export function row(calls: readonly number[], values: readonly (number | undefined)[]): Figure {
  return Object.fromEntries(calls.map((count, i) => [`${count} calls`, inShort(values[i])]));
}

/** Two digits, or a dash where there is no figure. */
export function inShort(value: number | undefined): string {
  if (value === undefined) return '-';
  return value >= 0.01 && value < 1000 ? String(Number(value.toPrecision(2))) : value.toExponential(1);
}

/** In the order of the figures of a column, the best first. */
export function byColumn(rows: readonly Figure[], column: string): readonly Figure[] {
  const key = (figure: Figure): number => {
    const value = Number(figure[column]);
    return Number.isNaN(value) ? Infinity : value;
  };
  return rows.toSorted((a, b) => (key(a) === key(b) ? 0 : key(a) - key(b)));
}
