import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import {
  checkpointWeights,
  decodeCheckpoint,
  diffusion,
  loadDigits,
  Roles,
  type Checkpoint,
  type Slots,
} from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';
import { made } from '../../tools/golden/plugins.js';
import type { Figure } from '../figures.js';
import { candidates, gridNames, type Candidate } from './candidates.js';
import { GRID_CALLS, REPRESENTATIVES } from './exact-figures.js';
import { everySampler } from './every.js';
import { PROBLEMS, type ExactProblem } from './exact-problems.js';
import { stepsWithin } from './exact-runs.js';
import { frechetDistance, principalComponents, type Rows } from './frechet.js';
import { byColumn, inShort, row, type Table } from './table.js';

/** Directions of the pixels of real digits in which samples are compared. */
const COMPONENTS = 16;
const BATCH = 100;
const PIXELS = 64;

/** What to run. */
export interface DigitWords {
  readonly checkpoint: string;
  /** Samples of each run, a multiple of 100. */
  readonly samples: number;
  /** Network calls of the runs. */
  readonly calls: readonly number[];
  /** Grid of the runs that compare samplers. */
  readonly grid: string;
  /** Which tables to make: `digits` against network calls, `digits-grids` on every grid, `digits-every` of every sampler there. */
  readonly tables: readonly string[];
}

/**
 * Frechet distance on the digit model, unguided, as many samples of each class: against network calls on one grid, and on
 * every grid with the representatives, or with every sampler. Features are the first 16 principal components of the real training images.
 * Samplers that find their own levels are left out.
 */
export async function digitTables(words: DigitWords): Promise<readonly Table[]> {
  const checkpoint = await decodeCheckpoint(await readFile(words.checkpoint), words.checkpoint);
  const training = rowsOf((await loadDigits({ holdOut: 150, split: 'train' })).data);
  const features = principalComponents(training, COMPONENTS);
  const real = features(training);
  const judge = (rows: Rows): number => frechetDistance(features(rows), real);
  const held = judge(rowsOf((await loadDigits({ holdOut: 150, split: 'held-out' })).data));
  const measure: Measure = async (candidate, grid, calls) => {
    const steps = await stepsWithin(PROBLEMS[0] as ExactProblem, candidate, grid, calls);
    const run = { sampler: candidate.name, grid, steps, count: words.samples };
    const distance = steps === undefined ? undefined : judge(await sampled(checkpoint, { ...run, steps }));
    console.error(candidate.name, grid, calls, distance);
    return distance;
  };
  const models = await onTheModel(words.grid);
  const tables: Table[] = [];
  if (words.tables.includes('digits')) tables.push(await callTable(models, words.calls, measure, held));
  if (words.tables.includes('digits-grids')) tables.push(await gridTable(models, measure));
  if (words.tables.includes('digits-every'))
    tables.push(await everySampler('digits-every', models, (candidate, grid) => measure(candidate, grid, GRID_CALLS)));
  return tables;
}

/** Distance of what a sampler makes on a grid within so many network calls; nothing where it has no such run. */
type Measure = (candidate: Candidate, grid: string, calls: number) => Promise<number | undefined>;

async function callTable(
  models: readonly Candidate[],
  calls: readonly number[],
  measure: Measure,
  held: number,
): Promise<Table> {
  const rows = [];
  for (const candidate of models) {
    const values: (number | undefined)[] = [];
    for (const count of calls) values.push(await measure(candidate, candidate.grid, count));
    rows.push({ sampler: candidate.name, ...row(calls, values) });
  }
  const best = { sampler: '150 held-out real images', ...row(calls, Array<number>(calls.length).fill(held)) };
  return { name: 'digits', rows: [best, ...byColumn(rows, `${calls[1] ?? calls[0]} calls`)] };
}

async function gridTable(models: readonly Candidate[], measure: Measure): Promise<Table> {
  const rows: Figure[] = [];
  for (const grid of gridNames()) {
    const values: [name: string, value: string][] = [];
    for (const candidate of models.filter(({ name }) => REPRESENTATIVES.has(name)))
      values.push([candidate.name, inShort(await measure(candidate, grid, GRID_CALLS))]);
    rows.push({ grid, ...Object.fromEntries(values) });
  }
  return { name: 'digits-grids', rows };
}

/** The samplers on the schedule of the model and a grid. */
async function onTheModel(grid: string): Promise<readonly Candidate[]> {
  const schedule = await made(Roles.schedule, 'cosine');
  const all = await candidates();
  return all
    .filter(({ sampler }) => sampler.needs?.paths === undefined && sampler.stepSize === undefined)
    .map((each) => ({ ...each, schedule, grid }));
}

/** One run of the model. */
interface DigitRun {
  readonly sampler: string;
  readonly grid: string;
  readonly steps: number;
  readonly count: number;
}

async function sampled(checkpoint: Checkpoint, { sampler, grid, steps, count }: DigitRun): Promise<Rows> {
  const { plugins, sample } = checkpoint.recipe;
  const kept = ['noise', 'conditioner', 'denoiser', 'schedule', 'parameterization'];
  const slots = Object.fromEntries(kept.map((slot) => [slot, plugins[slot]])) as Slots;
  const engine = 'onnxruntime';
  const recipe = { format: 1, plugins: { ...slots, engine, sampler, grid, guidance: 'none' }, sample } as const;
  await using pipeline = await diffusion(recipe, { plugins: nodePlugins });
  const { assembly } = pipeline;
  const parameters = checkpointWeights(checkpoint, assembly.get(Roles.denoiser), assembly.get(Roles.engine));
  const rows: Float64Array[] = [];
  for (let first = 0; first < count; first += BATCH) {
    const condition = Array.from({ length: BATCH }, (_, k) => k % 10);
    using result = await pipeline.sample({ steps, count: BATCH, seed: 10_000 + first, condition, parameters });
    rows.push(...rowsOf(result.images().data));
  }
  tf.dispose(parameters);
  return rows;
}

function rowsOf(data: Float32Array): Rows {
  return Array.from({ length: data.length / PIXELS }, (_, k) =>
    Float64Array.from(data.subarray(k * PIXELS, (k + 1) * PIXELS)),
  );
}
