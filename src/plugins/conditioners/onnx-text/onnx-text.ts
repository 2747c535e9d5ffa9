import * as tf from '@tensorflow/tfjs';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { Roles } from '../../../core/assembly/roles.js';
import type { Conditioner, ConditionInputs, Conditioning } from '../../../core/contracts/conditioning.js';
import type { LoadedModel } from '../../../core/contracts/model-file.js';
import { inShares } from '../../../core/model-files/in-shares.js';
import { loadedModel } from '../../../core/model-files/loaded-models.js';
import { neededModel } from '../../../core/model-files/slot-models.js';
import { idRows, isIds, noTokenizer } from '../text/ids-condition.js';
import { promptsOf, trainingPrompts } from '../text/prompts.js';
import { readTokenizer } from '../text/read-tokenizer.js';
import { tokenRows } from '../text/token-rows.js';
import type { TextTokenizer } from '../text/tokenizer.js';
import type { TokenizerFiles } from '../text/tokenizer-files.js';
import { weighted } from '../text/weighted-states.js';
import { onnxTextConfig, type OnnxTextConfig } from './config.js';
import { textPorts, type TextPorts } from './text-ports.js';

/**
 * A text encoder in an ONNX file as `encoder_hidden_states` (float32 `[N, tokens, width]`), and its pooled state where it is
 * asked for: CLIP, T5 and others, with ids of either whole type, a fixed or free number of tokens, and a mask where the file
 * reads one. A condition is a text, one for each sample, or `{ ids }`. The file is given with the pipeline, never by a recipe.
 * Source: ONNX; the layouts of Optimum and of diffusers' OnnxRuntimeModel. When: the text encoder is an ONNX file.
 */
export const onnxText = onnxTextPlugin('onnx-text');

/**
 * `onnx-text` under a name of its own, with its tokenizer held in code, so that recipes need not say a vocabulary.
 *
 * @param files - the files of the `tokenizer/` folder by name, parsed; a condition is `{ ids }` where absent
 */
export function onnxTextWith<N extends string>(files: TokenizerFiles | undefined, name: N) {
  return onnxTextPlugin(name, files);
}

function onnxTextPlugin<N extends string>(name: N, held?: TokenizerFiles) {
  return definePlugin({
    role: Roles.conditioner,
    name,
    summary: 'A text encoder in an ONNX file, run by ONNX Runtime, and its tokenizer.',
    reference: 'ONNX; the layouts of Optimum and of diffusers’ OnnxRuntimeModel',
    tags: { gradients: false, when: 'the text encoder is an ONNX file' },
    config: onnxTextConfig,
    inject: { engine: Roles.engine },
    async create({ config, engine, models }): Promise<Conditioner> {
      const file = neededModel(models, 'model', `conditioner/${name}`);
      const ports = textPorts(file, config);
      const files = config.tokenizer ?? held;
      const tokenizer = files ? readTokenizer(files) : undefined;
      const outputs = [ports.states.name, ...(ports.pooled ? [ports.pooled.name] : [])];
      return textOf(await loadedModel(engine, file, outputs), ports, config, tokenizer);
    },
  });
}

function textOf(
  model: LoadedModel,
  ports: TextPorts,
  config: OnnxTextConfig,
  tokenizer: TextTokenizer | undefined,
): Conditioner {
  const inputs = new TextInputs(ports, config, tokenizer);
  const { column, text_dropout: dropout } = config;
  return {
    reads: [column],
    gives: {
      encoder_hidden_states: { dtype: 'float32', shape: ['tokens', ports.width] },
      ...(ports.pooled ? { [ports.pooled.name]: { dtype: 'float32', shape: [ports.pooledWidth] } } : {}),
    },
    parameters: {},
    frozen: true,
    prepare: (condition, { count }) => inputs.of(condition, count),
    prepareNothing: () => inputs.ofTexts(['']),
    prepareBatch: (columns, { count, uniform }) =>
      inputs.ofTexts(trainingPrompts(columns[column], count, (example) => uniform(example) < dropout)),
    encode: (_, given) => encoded(model, ports, given),
    dispose: () => model.dispose(),
  };
}

/** Turns conditions into the columns that the model reads: ids and mask `[rows, chunks, tokens]`. */
class TextInputs {
  readonly #length: number;
  readonly #config: OnnxTextConfig;
  readonly #tokenizer: TextTokenizer | undefined;

  constructor(ports: TextPorts, config: OnnxTextConfig, tokenizer: TextTokenizer | undefined) {
    this.#length = ports.tokens ?? Math.min(config.max_tokens, tokenizer?.most ?? config.max_tokens);
    [this.#config, this.#tokenizer] = [config, tokenizer];
  }

  of(condition: unknown, count: number): ConditionInputs {
    if (!isIds(condition)) {
      if (this.#tokenizer === undefined) throw noTokenizer(condition);
      return this.ofTexts(promptsOf(condition, count));
    }
    const { chunks, vocab_size: vocabulary } = this.#config;
    const { ids, rows, chunks: used } = idRows(condition, count, { width: this.#length, chunks, vocabulary });
    return this.#columns(
      ids,
      [rows, used, this.#length],
      Array.from({ length: rows }, () => used * this.#length),
    );
  }

  ofTexts(texts: readonly string[]): ConditionInputs {
    if (this.#tokenizer === undefined) throw noTokenizer(texts);
    const { chunks, prompt_weights: weights, vocab_size: vocabulary } = this.#config;
    const options = { length: this.#length, chunks, weights, vocabulary };
    const made = tokenRows(texts, this.#tokenizer, options);
    const shape = [texts.length, made.chunks, this.#length];
    const columns = this.#columns(made.ids, shape, made.counts);
    return made.weights ? { ...columns, weights: { kind: 'numbers', data: made.weights, shape } } : columns;
  }

  #columns(ids: Int32Array, shape: readonly number[], counts: readonly number[]): ConditionInputs {
    const row = (shape[1] ?? 1) * (shape[2] ?? 1);
    const mask = ids.map((_, at) => (at % row < (counts[Math.floor(at / row)] ?? row) ? 1 : 0));
    return { input_ids: { kind: 'numbers', data: ids, shape }, mask: { kind: 'numbers', data: mask, shape } };
  }
}

/** Each chunk of a text by itself, its states one after the other; the pooled state is that of the first. */
function encoded(model: LoadedModel, ports: TextPorts, given: Readonly<Record<string, tf.Tensor>>): Conditioning {
  const [rows = 1, chunks = 1, length = 1] = given['input_ids']?.shape ?? [];
  const flat = (name: string): tf.Tensor => tf.reshape(given[name] as tf.Tensor, [rows * chunks, length]);
  const inputs = {
    [ports.ids.name]: flat('input_ids'),
    ...(ports.mask ? { [ports.mask.name]: flat('mask') } : {}),
  };
  const { width, pooledWidth } = ports;
  const results = [[length, width], ...(ports.pooled ? [[pooledWidth]] : [])];
  const shares = { count: rows * chunks, batch: ports.batch, results };
  const [states, pooled] = inShares(model, { rows: inputs }, shares);
  const joined: tf.Tensor3D = tf.reshape(states as tf.Tensor, [rows, chunks * length, width]);
  return {
    encoder_hidden_states: weighted(joined, given['weights']),
    ...(ports.pooled && pooled ? { [ports.pooled.name]: firstOfEach(pooled, rows) } : {}),
  };
}

/** The first of several chunks of each row. */
function firstOfEach(pooled: tf.Tensor, rows: number): tf.Tensor {
  const [all = rows, width = 1] = pooled.shape;
  if (all === rows) return pooled;
  return tf.reshape(tf.slice(tf.reshape(pooled, [rows, all / rows, width]), [0, 0, 0], [-1, 1, -1]), [rows, width]);
}
