import { z } from 'zod';
import { MOST, whole } from '../../core/plugins/config-numbers.js';
import { isObject } from '../read-request.js';
import { callback, observable } from '../request-values.js';
import { trainSettings } from '../settings.js';
import type { EvaluateOptions } from './evaluate.js';

const { steps, batchSize, seed, checkpointEvery, keep } = trainSettings.shape;

/** What a request to train may say. The numbers are the settings of a recipe, which check and complete them. */
export const trainRequestFields = {
  steps: steps.unwrap(),
  batchSize: batchSize.unwrap(),
  seed: seed.unwrap(),
  checkpointEvery: checkpointEvery.unwrap(),
  keep: keep.unwrap(),
  run: z.string(),
  resume: z.union([z.boolean(), z.custom<object>(isObject)], { error: 'expected true, false or a checkpoint' }),
  stop$: observable,
  evaluate: z.strictObject({ every: whole(MOST.updates), measure: callback<EvaluateOptions['measure']>() }),
};
