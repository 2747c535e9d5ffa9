import { z } from 'zod';
import { MOST, whole } from '../../../core/assembly/config-numbers.js';
import { textOptions } from '../text/text-options.js';

const { tokenizer, column, text_dropout } = textOptions;

/** What is said of a text encoder beside its file. */
export const onnxTextConfig = z.strictObject({
  max_tokens: whole(MOST.tokens, 3)
    .default(77)
    .describe('tokens that are read at once, where the file leaves them free'),
  hidden_size: whole(MOST.width).default(768).describe('width of a state, where the file leaves it free'),
  vocab_size: whole(MOST.vocabulary).default(MOST.vocabulary).describe('token ids'),
  hidden_states: z
    .enum(['last', 'penultimate'])
    .default('last')
    .describe('`penultimate`: the states before the last layer (Stable Diffusion XL), which the file must give'),
  pooled: z
    .enum(['text_embeds', 'pooler_output', 'none'])
    .default('none')
    .describe('the pooled state to give, by the name that the file has for it'),
  chunks: whole(64).default(1).describe('longer texts go on in up to so many chunks of `max_tokens`'),
  prompt_weights: z.boolean().default(false).describe('`(word:1.3)` in a text is a weight of its tokens'),
  tokenizer,
  column,
  text_dropout,
});

/** A checked config with all defaults. */
export type OnnxTextConfig = z.output<typeof onnxTextConfig>;
