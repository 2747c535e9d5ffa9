import { z } from 'zod';

const object = z.record(z.string(), z.unknown());

/**
 * The files of a `tokenizer/` folder by name, parsed: `tokenizer.json`, or `vocab.json` and `merges.txt` (byte-pair encoding
 * of CLIP), with what names the special tokens beside them.
 */
export const tokenizerFiles = z
  .strictObject({
    'tokenizer.json': object.optional().describe('the whole tokenizer, as the library tokenizers saves it'),
    'vocab.json': z
      .record(z.string(), z.int().min(0))
      .optional()
      .describe('ids by token; where there is no tokenizer.json'),
    'merges.txt': z.string().optional().describe('pairs of tokens to join, one a line; belongs to vocab.json'),
    'tokenizer_config.json': object.optional().describe('names of the special tokens, and the most tokens of a text'),
    'special_tokens_map.json': object.optional().describe('names of the special tokens'),
  })
  .refine(
    (files) => files['tokenizer.json'] !== undefined || (files['vocab.json'] && files['merges.txt'] !== undefined),
    {
      error: 'expected tokenizer.json, or vocab.json and merges.txt',
    },
  );

/** The files of a tokenizer. */
export type TokenizerFiles = z.output<typeof tokenizerFiles>;

/** Their names, in the folder of a repository. */
export const TOKENIZER_FILES = [
  'tokenizer.json',
  'vocab.json',
  'merges.txt',
  'tokenizer_config.json',
  'special_tokens_map.json',
] as const satisfies readonly (keyof TokenizerFiles)[];
