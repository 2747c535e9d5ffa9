import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readScheduler } from 'rxdiffusion';
import { filesBelow } from './files-below.js';
import { forwardDifference, type ForwardRow } from './forward.js';
import { isKDiffusionFile } from './kdiffusion-case.js';
import { brokenOutcome, type BrokenRun } from './refusals.js';
import type { Outcome } from './report.js';
import { runCase } from './run-case.js';
import { runKDiffusion } from './run-kdiffusion.js';
import { Skipped, type SolverCase, type SolverFile } from './solver-case.js';
import { gridDifference, tableDifference, type GridRow, type TableRow } from './tables.js';

/** Every record of a solver below a folder: JSON files, plain or gzipped, in the formats of `golden/solvers`. */
export async function solverOutcomes(folder: string): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const paths = [...(await filesBelow(folder, '.json')), ...(await filesBelow(folder, '.json.gz'))];
  for (const path of paths) {
    // What Python writes into a scheduler's config is no JSON: it is no record either.
    if (basename(path) === 'golden.json' || basename(path) === 'scheduler_config.json') continue;
    const json = JSON.parse(await textOf(path)) as object;
    outcomes.push(...(await outcomesOf(basename(path).replace(/\.json(\.gz)?$/, ''), json)));
  }
  return outcomes;
}

async function outcomesOf(name: string, json: object): Promise<readonly Outcome[]> {
  if (isSolverFile(json)) return judgedAll(json.class, json.cases, worstOf);
  if (isKDiffusionFile(json))
    return judgedAll('', json.cases, runKDiffusion, ({ sampler }) => `${json.library ?? 'k-diffusion'} ${sampler}`);
  if ('files' in json) return judgedAll(name, json.files as readonly string[], readable);
  if ('alphasCumprod' in json && 'grids' in json) {
    const tables = await judgedAll(`${name}: alphas`, json.alphasCumprod as readonly TableRow[], tableDifference);
    return [...tables, ...(await judgedAll(`${name}: grids`, json.grids as readonly GridRow[], gridDifference))];
  }
  if (!('cases' in json)) return [];
  if (name === 'forward') return judgedAll(name, json.cases as readonly ForwardRow[], forwardDifference);
  const broken = json.cases as readonly BrokenRun[];
  return Promise.all(broken.map((run) => brokenOutcome(name, run)));
}

async function worstOf(run: SolverCase): Promise<number> {
  const { final = 0, calls, times } = await runCase(run);
  return Math.max(final, calls, times);
}

/** A config as a file holds it, byte for byte, is read. */
async function readable(text: string): Promise<number> {
  readScheduler(text);
  return 0;
}

/** Runs each record of a file and judges it. */
async function judgedAll<T>(
  group: string,
  records: readonly T[],
  run: (record: T) => Promise<number>,
  groupOf: (record: T) => string = () => group,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [index, record] of records.entries())
    outcomes.push(await outcomeOf(groupOf(record), nameOf(index, record), () => run(record)));
  return outcomes;
}

function nameOf(index: number, record: unknown): string {
  if (typeof record !== 'object' || record === null) return String(index);
  const said = { ...record } as {
    readonly class?: string;
    readonly arguments?: object;
    readonly numInferenceSteps?: number;
  };
  const steps = said.numInferenceSteps === undefined ? '' : `, ${said.numInferenceSteps} steps`;
  return `${index} ${said.class ?? ''}${JSON.stringify(said.arguments ?? {})}${steps}`;
}

/** Names what a record says, runs it and judges it. */
async function outcomeOf(group: string, name: string, run: () => Promise<number>): Promise<Outcome> {
  try {
    const worst = await run();
    return { group, name, verdict: worst <= 1 ? 'passed' : 'failed', worst };
  } catch (error) {
    if (error instanceof Skipped) return { group, name, verdict: 'skipped', reason: error.message };
    return { group, name, verdict: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

async function textOf(path: string): Promise<string> {
  const bytes = await readFile(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

function isSolverFile(json: object): json is SolverFile {
  return 'class' in json && typeof json.class === 'string' && 'cases' in json && Array.isArray(json.cases);
}
