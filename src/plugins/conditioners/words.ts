import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Conditioner, ConditionInputs } from '../../core/contracts/conditioning.js';
import type { ParameterSet } from '../../core/contracts/denoiser.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { formatValue } from '../../core/errors/format-value.js';
import { embeddingLookup } from '../../core/kernels/embedding-lookup.js';
import { listOf, MOST, seedNumber, whole } from '../../core/assembly/config-numbers.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { optional } from '../../core/assembly/injection.js';
import { didYouMean, listed } from '../../core/assembly/nearest-name.js';
import { givenParameters } from '../../core/networks/own-parameters.js';
import { Roles } from '../../core/assembly/roles.js';

const word = z.string().regex(/^\S+$/, 'a word has no spaces').toLowerCase();
const config = z.strictObject({
  vocabulary: listOf(word, MOST.classes).describe('the words that it knows, in any order that stays the same'),
  length: whole(MOST.layers).default(4).describe('most words of a text; shorter texts are padded'),
  width: whole(MOST.width).default(32).describe('numbers of one token'),
  column: z.string().min(1).default('caption').describe('the column of the dataset that holds the texts'),
  dropout: z.number().min(0).max(1).default(0.1).describe('share of training texts that become the empty text'),
  seed: seedNumber().default(0).describe('seed of the initial weights'),
});

type WordsConfig = z.output<typeof config>;

/**
 * Texts of known words as `tokens` (float32 `[N, length, width]`): a learned vector for each word and each place (Vaswani et
 * al. 2017, sections 3.4 and 3.5), which train with the network that attends to them. The empty text is no condition
 * (Ho & Salimans 2022). When: texts are short and their words are few; sentences want a pretrained encoder.
 */
export const words = definePlugin({
  role: Roles.conditioner,
  name: 'words',
  summary: 'Texts of known words as tokens, by vectors of words and places that train with the network.',
  reference: 'Vaswani et al. 2017, sections 3.4 and 3.5; Ho & Salimans 2022, section 3',
  tags: { when: 'texts are short and their words are few' },
  config,
  inject: { noise: Roles.noise, engine: optional(Roles.engine) },
  memory: ({ vocabulary, length, width }) => 12 * (vocabulary.length + 1 + length) * width,
  async create({ config, noise, engine, weights }): Promise<Conditioner> {
    const { vocabulary, length, width, column, dropout, seed } = config;
    const specs = {
      'words.weight': { shape: [vocabulary.length + 1, width], purpose: 'parameters/words' },
      'places.weight': { shape: [length, width], purpose: 'parameters/places' },
    };
    const make = (): ParameterSet =>
      Object.fromEntries(
        Object.entries(specs).map(
          ([
            name,
            {
              shape: [rows = 0],
              purpose,
            },
          ]) => {
            const drawn = noise.normal({ seed, purpose, step: 0 }, rows * width);
            return [name, tf.tensor(new Float32Array(drawn), [rows, width])];
          },
        ),
      );
    await engine?.start();
    const begun = (): ParameterSet => (engine ? engine.run(make) : make());
    const parameters = weights ? await givenParameters(specs, weights, engine) : begun();
    const inputs = (texts: readonly string[]): ConditionInputs => ({ words: idsOf(texts, config) });
    return {
      reads: [column],
      gives: { tokens: { dtype: 'float32', shape: [length, width] } },
      parameters,
      prepare: (condition, { count }) => inputs(textsOf(condition, count)),
      prepareNothing: () => inputs(['']),
      prepareBatch(columns, { count, uniform }) {
        const given = columns[column];
        const texts = textsOf(given?.kind === 'text' ? given.values : undefined, count);
        return inputs(texts.map((text, example) => (uniform(example) < dropout ? '' : text)));
      },
      encode(weights, { words: ids }) {
        const [rows = 0] = ids?.shape ?? [];
        const table = weights['words.weight'] as tf.Tensor2D;
        const tokens = embeddingLookup(table, tf.reshape(ids as tf.Tensor, [-1]));
        return { tokens: tf.add(tf.reshape(tokens, [rows, length, width]), weights['places.weight'] as tf.Tensor) };
      },
      dispose: () => tf.dispose({ ...parameters }),
    };
  },
});

/** The number of each word, 0 where a text has ended. */
function idsOf(texts: readonly string[], { vocabulary, length }: WordsConfig): ConditionInputs[string] {
  const data = new Int32Array(texts.length * length);
  texts.forEach((text, row) => {
    const split = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (split.length > length)
      throw refused(`${split.length} words`, `at most ${length} words`, 'shorten it, or raise `length` and train anew');
    split.forEach((one, place) => {
      const id = vocabulary.indexOf(one) + 1;
      if (id === 0) throw unknownWord(one, vocabulary);
      data[row * length + place] = id;
    });
  });
  return { kind: 'numbers', data, shape: [texts.length, length] };
}

function textsOf(condition: unknown, count: number): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(condition) ? condition : [condition];
  if (texts.every((text) => typeof text === 'string') && [1, count].includes(texts.length)) return texts;
  throw refused(
    formatValue(condition),
    `a text, or a list of ${count}`,
    "give `condition: 'a text'`, or one for each sample",
  );
}

function unknownWord(got: string, vocabulary: readonly string[]): DiffusionError {
  const fix = `${didYouMean(got, vocabulary)}use words that it knows`;
  return refused(`the word ${formatValue(got)}`, `words of: ${listed(vocabulary).slice(0, 500)}`, fix);
}

function refused(got: string, expected: string, fix: string): DiffusionError {
  return new DiffusionError('RXD_CONDITION_INVALID', { problem: 'a text cannot be encoded', got, expected, fix });
}
