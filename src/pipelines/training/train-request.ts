import { z } from 'zod';
import { MOST, whole } from '../../core/plugins/config-numbers.js';
import { isObject } from '../read-request.js';
import { callback, observable } from '../request-values.js';
import { trainSettings } from '../settings.js';
import type { Checkpoint } from '../../core/storage/checkpoint.js';
import type { EvaluateOptions } from './evaluate.js';
import type { ResumeFrom } from './resume.js';

const { steps, batchSize, seed, checkpointEvery, keep } = trainSettings.shape;

const isCheckpoint = (value: unknown): boolean =>
  isObject(value) && isObject(value['parameters']) && isObject(value['optimizer']) && isObject(value['recipe']);

const resumeFields = {
  run: z.string().optional(),
  checkpoint: z.custom<Checkpoint>(isCheckpoint).optional(),
  allow: z.array(z.string()).optional(),
} satisfies { readonly [K in keyof Required<ResumeFrom>]: z.ZodType };

/** What a request to train may say. The numbers are the settings of a recipe, which check and complete them. */
export const trainRequestFields = {
  steps: steps.unwrap(),
  batchSize: batchSize.unwrap(),
  seed: seed.unwrap(),
  checkpointEvery: checkpointEvery.unwrap(),
  keep: keep.unwrap(),
  run: z.string(),
  resume: z.union([z.boolean(), z.custom<Checkpoint>(isCheckpoint), z.strictObject(resumeFields)], {
    error: 'expected true, false, a checkpoint, or { run, checkpoint, allow }',
  }),
  stop$: observable,
  evaluate: z.strictObject({ every: whole(MOST.updates), measure: callback<EvaluateOptions['measure']>() }),
};
