import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { filesBelow } from './files-below.js';
import type { Outcome } from './report.js';
import { runCase } from './run-case.js';
import { Skipped, type SolverCase, type SolverFile } from './solver-case.js';

/** Every solver case below a folder: JSON files, plain or gzipped, that hold `class` and `cases`. */
export async function solverOutcomes(folder: string): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const paths = [...(await filesBelow(folder, '.json')), ...(await filesBelow(folder, '.json.gz'))];
  for (const path of paths) {
    if (basename(path) === 'golden.json') continue;
    const file = solverFile(await textOf(path));
    for (const [index, run] of (file?.cases ?? []).entries())
      outcomes.push(await outcomeOf(file?.class ?? '', index, run));
  }
  return outcomes;
}

/** Names what a case says, runs it and judges it. */
async function outcomeOf(group: string, index: number, run: SolverCase): Promise<Outcome> {
  const name = `${index} ${JSON.stringify(run.arguments)}`;
  try {
    const { final = 0, steps } = await runCase(group, run);
    const worst = Math.max(final, steps);
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

function solverFile(text: string): SolverFile | undefined {
  const json = JSON.parse(text) as Partial<SolverFile>;
  return typeof json.class === 'string' && Array.isArray(json.cases) ? (json as SolverFile) : undefined;
}
