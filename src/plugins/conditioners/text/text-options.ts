import { z } from 'zod';
import { seedNumber } from '../../../core/assembly/config-numbers.js';
import { tokenizerFiles } from './tokenizer-files.js';

/** Options of ours that every text encoder has. */
export const textOptions = {
  tokenizer: tokenizerFiles
    .nullish()
    .describe('ours: files of the tokenizer by name, parsed; without them a condition is `{ ids }`'),
  column: z.string().min(1).default('caption').describe('ours: the column of the dataset that holds the texts'),
  text_dropout: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe('ours: share of training texts that become the empty text'),
  frozen: z.boolean().default(true).describe('ours: training leaves the weights as they are'),
  seed: seedNumber().default(0).describe('ours: seed of the initial weights'),
};
