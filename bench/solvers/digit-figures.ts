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
import { candidates, type Candidate } from './candidates.js';
import { row, type Table } from './exact-figures.js';
import { PROBLEMS, type ExactProblem } from './exact-problems.js';
import { stepsWithin } from './exact-runs.js';
import { frechetDistance, principalComponents, type Rows } from './frechet.js';

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
}

/**
 * Frechet distance against network calls on the digit model, unguided, as many samples of each class: features are the
 * first 16 principal components of the real training images. Samplers that find their own levels are left out.
 */
export async function digitTable({ checkpoint: path, samples, calls }: DigitWords): Promise<Table> {
  const checkpoint = await decodeCheckpoint(await readFile(path), path);
  const [training, heldOut] = [
    rowsOf((await loadDigits({ holdOut: 150, split: 'train' })).data),
    await loadDigits({ holdOut: 150, split: 'held-out' }),
  ];
  const features = principalComponents(training, COMPONENTS);
  const real = features(training);
  const judge = (rows: Rows): number => frechetDistance(features(rows), real);
  const rows = [];
  for (const candidate of await onTheModel()) {
    const values: (number | undefined)[] = [];
    for (const count of calls) {
      const steps = await stepsWithin(PROBLEMS[0] as ExactProblem, candidate, candidate.grid, count);
      values.push(steps === undefined ? undefined : judge(await sampled(checkpoint, candidate.name, steps, samples)));
    }
    console.error(candidate.name, ...values);
    rows.push({ sampler: candidate.name, ...row(calls, values) });
  }
  const held = judge(rowsOf(heldOut.data));
  return {
    name: 'digits',
    rows: [
      {
        sampler: '150 held-out real images',
        ...row(
          calls,
          calls.map(() => held),
        ),
      },
      ...rows,
    ],
  };
}

/** The samplers on the schedule and the grid of the model. */
async function onTheModel(): Promise<readonly Candidate[]> {
  const schedule = await made(Roles.schedule, 'cosine');
  const all = await candidates();
  return all
    .filter(({ sampler }) => sampler.needs?.paths === undefined && sampler.pace === undefined)
    .map((each) => ({ ...each, schedule, grid: 'trailing' }));
}

async function sampled(checkpoint: Checkpoint, sampler: string, steps: number, count: number): Promise<Rows> {
  const { plugins, sample } = checkpoint.recipe;
  const kept = ['noise', 'conditioner', 'denoiser', 'schedule', 'grid', 'parameterization'];
  const slots = Object.fromEntries(kept.map((slot) => [slot, plugins[slot]])) as Slots;
  const engine = { name: 'onnxruntime', config: { threads: 1 } };
  const recipe = { format: 1, plugins: { ...slots, engine, sampler, guidance: 'none' }, sample } as const;
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
