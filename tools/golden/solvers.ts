import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { filesBelow } from './files-below.js';
import { isKDiffusionFile } from './kdiffusion-case.js';
import type { Outcome } from './report.js';
import { runCase } from './run-case.js';
import { runKDiffusion } from './run-kdiffusion.js';
import { Skipped, type SolverCase, type SolverFile } from './solver-case.js';

/** Every solver case below a folder: JSON files, plain or gzipped, of diffusers' classes or of k-diffusion. */
export async function solverOutcomes(folder: string): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const paths = [...(await filesBelow(folder, '.json')), ...(await filesBelow(folder, '.json.gz'))];
  for (const path of paths) {
    if (basename(path) === 'golden.json') continue;
    const json = JSON.parse(await textOf(path)) as object;
    const nameOf = (index: number, run: { readonly arguments: object }): string =>
      `${index} ${JSON.stringify(run.arguments)}`;
    if (isSolverFile(json))
      for (const [index, run] of json.cases.entries())
        outcomes.push(await outcomeOf(json.class, nameOf(index, run), () => worstOf(json.class, run)));
    if (isKDiffusionFile(json))
      for (const [index, run] of json.cases.entries())
        outcomes.push(await outcomeOf(`k-diffusion ${run.sampler}`, nameOf(index, run), () => runKDiffusion(run)));
  }
  return outcomes;
}

async function worstOf(group: string, run: SolverCase): Promise<number> {
  const { final = 0, steps } = await runCase(group, run);
  return Math.max(final, steps);
}

/** Names what a case says, runs it and judges it. */
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
