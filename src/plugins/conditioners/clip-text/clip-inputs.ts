import type { ConditionInputs } from '../../../core/contracts/conditioning.js';
import { idRows, isIds, noTokenizer } from '../text/ids-condition.js';
import { promptsOf } from '../text/prompts.js';
import { tokenRows } from '../text/token-rows.js';
import type { TextTokenizer } from '../text/tokenizer.js';
import type { ClipTextConfig } from './config.js';

/** What says that `clip_skip` does not hold for these inputs. */
export const UNSKIPPED = 'unskipped_input_ids';
export const IDS = 'input_ids';

/** Turns conditions into the columns that the network reads. */
export class ClipInputs {
  readonly #config: ClipTextConfig;
  readonly #tokenizer: TextTokenizer | undefined;
  readonly #isPooled: boolean;

  constructor(config: ClipTextConfig, isPooled: boolean, tokenizer?: TextTokenizer) {
    this.#config = config;
    this.#isPooled = isPooled;
    this.#tokenizer = tokenizer;
  }

  /** Columns of a condition: a text, a list of texts, or `{ ids }`. */
  of(condition: unknown, count: number, isNegative: boolean): ConditionInputs {
    const { max_position_embeddings: width, chunks, vocab_size: vocabulary } = this.#config;
    if (!isIds(condition)) return this.ofTexts(() => promptsOf(condition, count), isNegative, condition);
    return this.#columns(idRows(condition, count, { width, chunks, vocabulary }), isNegative);
  }

  ofTexts(texts: () => readonly string[], isNegative: boolean, said?: unknown): ConditionInputs {
    if (this.#tokenizer === undefined) throw noTokenizer(said);
    const { max_position_embeddings: most, chunks, prompt_weights: weights, vocab_size: vocabulary } = this.#config;
    const length = Math.min(most, this.#tokenizer.most ?? most);
    const listed = texts();
    const {
      ids,
      weights: counted,
      chunks: used,
    } = tokenRows(listed, this.#tokenizer, { length, chunks, weights, vocabulary });
    return this.#columns({ ids, rows: listed.length, chunks: used }, isNegative, counted);
  }

  #columns(
    { ids, rows, chunks }: { readonly ids: Int32Array; readonly rows: number; readonly chunks: number },
    isNegative: boolean,
    weights?: Float32Array,
  ): ConditionInputs {
    const shape = [rows, chunks, ids.length / (rows * chunks)];
    const name = isNegative && !this.#config.clip_skip_negative ? UNSKIPPED : IDS;
    return {
      [name]: { kind: 'numbers', data: ids, shape },
      ...(this.#isPooled ? { places: { kind: 'numbers', data: this.#places(ids, rows), shape: [rows] } } : {}),
      ...(weights === undefined ? {} : { weights: { kind: 'numbers', data: weights, shape } }),
    };
  }

  /** Where the pooled state of each row is taken, in its first chunk. Models whose config says 2 take the largest id. */
  #places(ids: Int32Array, rows: number): Int32Array {
    const length = this.#config.max_position_embeddings;
    const { eos_token_id: end } = this.#config;
    return Int32Array.from({ length: rows }, (_, row) => {
      const from = (row * ids.length) / rows;
      const chunk = ids.subarray(from, from + length);
      return Math.max(
        0,
        end === 2 ? chunk.indexOf(chunk.reduce((most, id) => Math.max(most, id), 0)) : chunk.indexOf(end ?? 49_407),
      );
    });
  }
}
