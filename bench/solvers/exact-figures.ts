import type { Figure } from '../figures.js';
import { candidates, gridNames, type Candidate } from './candidates.js';
import { everySampler } from './every.js';
import { PROBLEMS, type ExactProblem } from './exact-problems.js';
import { outcome, type Outcome } from './exact-runs.js';
import { byColumn, inShort, row, type Table } from './table.js';

/** Network calls of the runs. */
const CALLS = [5, 10, 20, 40, 80] as const;
/** Network calls of the runs that compare grids. */
export const GRID_CALLS = 20;
/** Samplers that stand for their kind where grids are compared. */
export const REPRESENTATIVES = new Set(['ddim', 'heun', 'dpmpp-2m', 'unipc', 'dpmpp-2m-sde']);

/** Error and distance against network calls on the exact mixtures, of every sampler, and of every grid with a few. */
export async function exactTables(): Promise<readonly Table[]> {
  const all = await candidates();
  const tables: Table[] = [];
  for (const problem of PROBLEMS) tables.push(...(await samplerTables(problem, all)));
  return [...tables, await gridTable(PROBLEMS[0] as ExactProblem, all)];
}

/** The distance of every sampler on every grid, at 20 network calls, on the first mixture. */
export async function exactEvery(): Promise<Table> {
  const problem = PROBLEMS[0] as ExactProblem;
  return everySampler('exact-every', await candidates(), async (candidate, grid) => {
    const result = await outcome(problem, candidate, grid, GRID_CALLS);
    return result?.distance;
  });
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
