import * as tf from '@tensorflow/tfjs';
import type { Conditioner, ConditionInputs, Conditioning } from '../../../core/contracts/conditioning.js';
import type { ParameterSet } from '../../../core/contracts/parameters.js';
import { ownParameters } from '../../../core/networks/own-parameters.js';
import { parameterBytes } from '../../../core/networks/parameter-specs.js';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { optional } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import { trainingPrompts } from '../text/prompts.js';
import { holding } from '../text/held-tokenizer.js';
import { readTokenizer } from '../text/read-tokenizer.js';
import type { TextTokenizer } from '../text/tokenizer.js';
import type { TokenizerFiles } from '../text/tokenizer-files.js';
import { weighted } from '../text/weighted-states.js';
import { ClipInputs, IDS, UNSKIPPED } from './clip-inputs.js';
import { clipTextConfig, projectionOf, type ClipTextConfig } from './config.js';
import { clipTextStates } from './network.js';
import { clipTextShapes } from './parameter-shapes.js';

/**
 * CLIP's text encoder as `encoder_hidden_states` (float32 `[N, tokens, width]`), and its pooled state as `text_embeds`
 * where the model has a projection (`pooler_output` where `pooled` is asked for and it has none): transformers'
 * CLIPTextModel and CLIPTextModelWithProjection, built from their `config.json`, with their tensor names. A condition is a
 * text, one for each sample, or `{ ids }`. When: the network is a Stable Diffusion, or another one that reads CLIP's states.
 */
export const clipText = clipTextPlugin('clip-text');

/**
 * `clip-text` under a name of its own, with its tokenizer held in code: recipes, and what carries them (checkpoints, PNG
 * files), then need not say a vocabulary. Add it to the catalogue.
 *
 * @param files - the files of the `tokenizer/` folder by name, parsed
 *
 * @example
 * const text = clipTextWith({ 'vocab.json': vocab, 'merges.txt': merges }, 'my-text');
 * const plugins = [...standardPlugins, text]; // recipe: conditioner: { name: 'my-text', config: textEncoderConfig }
 */
export function clipTextWith<N extends string>(files: TokenizerFiles, name: N) {
  return holding(clipTextPlugin(name, files), files);
}

function clipTextPlugin<N extends string>(name: N, held?: TokenizerFiles) {
  return definePlugin({
    role: Roles.conditioner,
    name,
    summary: "CLIP's text encoder: transformers' CLIPTextModel, with or without projection, and its tokenizer.",
    reference: 'Radford et al. 2021, "Learning Transferable Visual Models", section 2.4; transformers’ CLIPTextModel',
    tags: { when: 'the network is a Stable Diffusion, or another one that reads the states of CLIP' },
    config: clipTextConfig,
    inject: { noise: Roles.noise, engine: optional(Roles.engine) },
    memory: (config) => parameterBytes(clipTextShapes(config)),
    async create({ config, noise, engine, weights }): Promise<Conditioner> {
      const files = config.tokenizer ?? held;
      const tokenizer = files ? readTokenizer(files) : undefined;
      const from = { noise, engine, weights, seed: config.seed };
      return clipTextOf(config, await ownParameters(clipTextShapes(config), from), tokenizer);
    },
  });
}

/** The conditioner over given weights, which it owns from now on. */
export function clipTextOf(config: ClipTextConfig, parameters: ParameterSet, tokenizer?: TextTokenizer): Conditioner {
  const specs = clipTextShapes(config);
  const projected = projectionOf(config);
  const isPooled = config.pooled ?? projected !== undefined;
  const pooledName = projected === undefined ? 'pooler_output' : 'text_embeds';
  const inputs = new ClipInputs(config, isPooled, tokenizer);
  return {
    reads: [config.column],
    gives: {
      encoder_hidden_states: { dtype: 'float32', shape: ['tokens', config.hidden_size] },
      ...(isPooled ? { [pooledName]: { dtype: 'float32', shape: [projected ?? config.hidden_size] } } : {}),
    },
    parameters,
    frozen: config.frozen,
    layout: (name) => specs[name]?.layout ?? 'same',
    prepare: (condition, { count, side }) => inputs.of(condition, count, side === 'unconditional'),
    prepareNothing: ({ side }) => inputs.ofTexts(() => [''], side !== 'conditional'),
    prepareBatch: (columns, { count, uniform }): ConditionInputs =>
      inputs.ofTexts(
        () => trainingPrompts(columns[config.column], count, (example) => uniform(example) < config.text_dropout),
        false,
      ),
    encode: (weights, given) => encoded(config, weights, given, pooledName),
    dispose: () => tf.dispose({ ...parameters }),
  };
}

/** Each chunk of a text by itself, its states one after the other; the pooled state is that of the first. */
function encoded(
  config: ClipTextConfig,
  parameters: ParameterSet,
  given: Readonly<Record<string, tf.Tensor>>,
  pooledName: string,
): Conditioning {
  const ids = (given[IDS] ?? given[UNSKIPPED]) as tf.Tensor3D;
  const [rows, chunks, length] = ids.shape;
  const places = given['places'];
  const skip = given[IDS] === undefined ? 0 : (config.clip_skip ?? 0);
  const { hidden, pooled } = clipTextStates(parameters, config, tf.reshape(ids, [rows * chunks, length]), {
    skip,
    places: places && everyChunk(places, chunks),
  });
  const states: tf.Tensor3D = tf.reshape(hidden, [rows, chunks * length, config.hidden_size]);
  return {
    encoder_hidden_states: weighted(states, given['weights']),
    ...(pooled === undefined ? {} : { [pooledName]: firstOfEach(pooled, chunks) }),
  };
}

/** The place of a row, for each of its chunks. */
function everyChunk(places: tf.Tensor, chunks: number): tf.Tensor {
  return tf.reshape(tf.tile(tf.reshape(places, [-1, 1]), [1, chunks]), [-1]);
}

function firstOfEach(pooled: tf.Tensor2D, chunks: number): tf.Tensor {
  const [rows, width] = pooled.shape;
  return tf.reshape(tf.slice(tf.reshape(pooled, [rows / chunks, chunks, width]), [0, 0, 0], [-1, 1, -1]), [-1, width]);
}
