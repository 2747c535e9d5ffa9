import * as tf from '@tensorflow/tfjs';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { optional } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import type { Conditioner, ConditionInputs } from '../../../core/contracts/conditioning.js';
import type { ParameterSet } from '../../../core/contracts/parameters.js';
import { ownParameters } from '../../../core/networks/own-parameters.js';
import { parameterBytes } from '../../../core/networks/parameter-specs.js';
import { idRows, isIds, noTokenizer } from '../text/ids-condition.js';
import { promptsOf, trainingPrompts } from '../text/prompts.js';
import { readTokenizer } from '../text/read-tokenizer.js';
import { tokenRows } from '../text/token-rows.js';
import type { TextTokenizer } from '../text/tokenizer.js';
import type { TokenizerFiles } from '../text/tokenizer-files.js';
import { t5EncoderConfig, type T5EncoderConfig } from './config.js';
import { t5States } from './network.js';
import { t5EncoderShapes } from './parameter-shapes.js';

/**
 * T5's encoder as `encoder_hidden_states` (float32 `[N, tokens, width]`), and with `attention_mask` also
 * `encoder_attention_mask` (float32 `[N, tokens]`, 1 for tokens, 0 for padding): transformers' T5EncoderModel, built from its
 * `config.json`, with its tensor names. A condition is a text, one for each sample, or `{ ids }`. When: the network is a
 * PixArt, a Stable Diffusion 3, a Flux, or another one that reads T5's states.
 */
export const t5Encoder = t5EncoderPlugin('t5-encoder');

/**
 * `t5-encoder` under a name of its own, with its tokenizer held in code, as `clipTextWith`.
 *
 * @param files - the files of the `tokenizer/` folder by name, parsed: `tokenizer.json` among them
 */
export function t5EncoderWith<N extends string>(files: TokenizerFiles, name: N) {
  return t5EncoderPlugin(name, files);
}

function t5EncoderPlugin<N extends string>(name: N, held?: TokenizerFiles) {
  return definePlugin({
    role: Roles.conditioner,
    name,
    summary: "T5's text encoder: transformers' T5EncoderModel, and its tokenizer.",
    reference: 'Raffel et al. 2020, "Exploring the Limits of Transfer Learning", section 2.1; Shazeer 2020 (gates)',
    tags: { when: 'the network is a PixArt, a Stable Diffusion 3, a Flux, or another one that reads the states of T5' },
    config: t5EncoderConfig,
    inject: { noise: Roles.noise, engine: optional(Roles.engine) },
    memory: (config) => parameterBytes(t5EncoderShapes(config)),
    async create({ config, noise, engine, weights }): Promise<Conditioner> {
      const files = config.tokenizer ?? held;
      const tokenizer = files ? readTokenizer(files) : undefined;
      const from = { noise, engine, weights, seed: config.seed };
      return t5EncoderOf(config, await ownParameters(t5EncoderShapes(config), from), tokenizer);
    },
  });
}

/** The conditioner over given weights, which it owns from now on. */
export function t5EncoderOf(config: T5EncoderConfig, parameters: ParameterSet, tokenizer?: TextTokenizer): Conditioner {
  const specs = t5EncoderShapes(config);
  const { max_tokens: tokens, attention_mask: masks } = config;
  return {
    reads: [config.column],
    gives: {
      encoder_hidden_states: { dtype: 'float32', shape: [tokens, config.d_model] },
      ...(masks ? { encoder_attention_mask: { dtype: 'float32', shape: [tokens] } } : {}),
    },
    parameters,
    frozen: config.frozen,
    layout: (name) => specs[name]?.layout ?? 'same',
    prepare: (condition, { count }) =>
      isIds(condition)
        ? ofIds(config, idRows(condition, count, { width: tokens, chunks: 1, vocabulary: config.vocab_size }).ids)
        : ofTexts(config, tokenizer, () => promptsOf(condition, count), condition),
    prepareNothing: () => ofTexts(config, tokenizer, () => ['']),
    prepareBatch: (columns, { count, uniform }) =>
      ofTexts(config, tokenizer, () =>
        trainingPrompts(columns[config.column], count, (example) => uniform(example) < config.text_dropout),
      ),
    encode(weights, { input_ids: ids, mask }) {
      const states = t5States(weights, config, ids as tf.Tensor2D, mask);
      return { encoder_hidden_states: states, ...(mask ? { encoder_attention_mask: tf.clone(mask) } : {}) };
    },
    dispose: () => tf.dispose({ ...parameters }),
  };
}

function ofTexts(
  config: T5EncoderConfig,
  tokenizer: TextTokenizer | undefined,
  texts: () => readonly string[],
  said?: unknown,
): ConditionInputs {
  if (tokenizer === undefined) throw noTokenizer(said);
  const listed = config.lower_case ? texts().map((text) => text.trim().toLowerCase()) : texts();
  const rows = tokenRows(listed, tokenizer, {
    length: config.max_tokens,
    chunks: 1,
    weights: false,
    vocabulary: config.vocab_size,
  });
  return columnsOf(config, rows.ids, rows.counts);
}

/** Padding is what has the id 0, as T5's vocabularies do. */
function ofIds(config: T5EncoderConfig, ids: Int32Array): ConditionInputs {
  const { max_tokens: tokens } = config;
  const rows = Array.from({ length: ids.length / tokens }, (_, row) => ids.subarray(row * tokens, (row + 1) * tokens));
  return columnsOf(
    config,
    ids,
    rows.map((row) => 1 + row.findLastIndex((id) => id !== 0)),
  );
}

function columnsOf(
  { max_tokens: tokens, attention_mask: masks }: T5EncoderConfig,
  ids: Int32Array,
  counts: readonly number[],
): ConditionInputs {
  const shape = [counts.length, tokens];
  const mask = Float32Array.from(ids, (_, at) => (at % tokens < (counts[Math.floor(at / tokens)] ?? 0) ? 1 : 0));
  return {
    input_ids: { kind: 'numbers', data: ids, shape },
    ...(masks ? { mask: { kind: 'numbers', data: mask, shape } } : {}),
  };
}
