import { z } from 'zod';
import { MOST, whole } from '../../core/assembly/config-numbers.js';
import { parseRecipe } from '../../core/assembly/recipe.js';
import { callback, observable, slotWeights } from '../../core/requests/request-values.js';
import { trainSettings } from '../../core/requests/settings.js';
import type { Checkpoint } from '../../core/storage/checkpoint.js';
import type { JoinGradients } from '../../core/training/batch-gradients.js';
import type { EvaluateOptions } from './evaluate.js';
import type { ResumeFrom } from './resume.js';
import type { WorkerShare } from './worker-share.js';

const { steps, batchSize, seed, tiling, latentCache, checkpointEvery, keep } = trainSettings.shape;

const plainTensor = z
  .object({
    dtype: z.enum(['float32', 'int32']),
    shape: z.array(whole(Number.MAX_SAFE_INTEGER, 0)),
    data: z.union([z.instanceof(Float32Array), z.instanceof(Int32Array)]),
  })
  .refine(({ shape, data }) => shape.reduce((product, side) => product * side, 1) === data.length);
const plainTensors = z.record(z.string(), plainTensor);
const checkpointSchema = z.object({
  run: z.string().optional(),
  step: whole(Number.MAX_SAFE_INTEGER, 0),
  recipe: z.unknown().transform((recipe) => parseRecipe(recipe)),
  parameters: plainTensors,
  optimizer: plainTensors,
  average: plainTensors.optional(),
  kept: plainTensors.optional(),
});

/** Whether a value is what `decodeCheckpoint` gives. */
function isCheckpoint(value: unknown): boolean {
  try {
    return checkpointSchema.safeParse(value).success;
  } catch {
    // Its recipe is none, or it cannot be read.
    return false;
  }
}

const resumeFields = {
  run: z.string().optional(),
  checkpoint: z.custom<Checkpoint>(isCheckpoint, 'expected a checkpoint, as `decodeCheckpoint` gives').optional(),
  allow: z.array(z.string()).optional(),
} satisfies { readonly [K in keyof Required<ResumeFrom>]: z.ZodType };

/** What a request to train may say. The numbers are the settings of a recipe, which check and complete them. */
export const trainRequestFields = {
  steps: steps.unwrap(),
  batchSize: batchSize.unwrap(),
  seed: seed.unwrap(),
  tiling: tiling.unwrap(),
  latentCache: latentCache.unwrap(),
  checkpointEvery: checkpointEvery.unwrap(),
  keep: keep.unwrap(),
  run: z.string(),
  resume: z.union([z.boolean(), z.custom<Checkpoint>(isCheckpoint), z.strictObject(resumeFields)], {
    error: 'expected true, false, a checkpoint, or { run, checkpoint, allow }',
  }),
  parameters: slotWeights,
  stop$: observable,
  share: z
    .strictObject({ index: whole(MOST.batch, 0), of: whole(MOST.batch) })
    .refine(({ index, of }) => index < of, 'expected an index from 0 to `of` - 1') satisfies z.ZodType<WorkerShare>,
  joinGradients: callback<JoinGradients>(),
  evaluate: z.strictObject({ every: whole(MOST.updates), measure: callback<EvaluateOptions['measure']>() }),
};
