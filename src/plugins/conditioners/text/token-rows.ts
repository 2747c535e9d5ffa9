import { formatValue } from '../../../core/errors/format-value.js';
import { refusedPrompt } from './prompts.js';
import type { TextTokenizer } from './tokenizer.js';
import { weightedParts } from './weighted-prompt.js';

/** How texts become rows of ids. */
export interface RowOptions {
  /** Tokens of a chunk, start and end included: what the network reads at once. */
  readonly length: number;
  /** Most chunks of a text; what is beyond them is cut off. */
  readonly chunks: number;
  /** True where brackets in a text are weights. */
  readonly weights: boolean;
  /** Ids that the network knows: those below this number. */
  readonly vocabulary: number;
}

/** Texts as rows of ids, all of as many chunks as the longest needs. */
export interface TokenRows {
  /** `[rows, chunks * length]`. */
  readonly ids: Int32Array;
  /** How much each token counts, where the texts may say it. */
  readonly weights?: Float32Array;
  /** Tokens of each row that are no padding, start and end included. */
  readonly counts: readonly number[];
  readonly chunks: number;
}

/** Weights beyond this leave nothing of the other tokens. */
const MOST_WEIGHT = 1000;

/**
 * Rows of token ids. A text that is longer than a chunk goes on in the next one, each with its own start and end (as in
 * diffusers' community pipeline `lpw_stable_diffusion`); shorter ones are padded.
 *
 * @throws DiffusionError `RXD_CONDITION_INVALID` for a weight or an id that is out of bounds
 */
export function tokenRows(texts: readonly string[], tokenizer: TextTokenizer, options: RowOptions): TokenRows {
  const { length } = options;
  const { start, end, pad } = tokenizer;
  const room = length - (start === undefined ? 0 : 1) - (end === undefined ? 0 : 1);
  if (room < 1)
    throw refusedPrompt(`rows of ${length} tokens`, 'room for a token between start and end', 'ask for longer rows');
  const rows = texts.map((text) => tokensOf(text, tokenizer, options.weights).slice(0, room * options.chunks));
  const longest = rows.reduce((most, row) => Math.max(most, row.length), 1);
  const chunks = Math.ceil(longest / room);
  const ids = new Int32Array(rows.length * chunks * length).fill(pad);
  const weights = new Float32Array(ids.length).fill(1);
  const first = start === undefined ? 0 : 1;
  for (let at = 0; at < rows.length * chunks; at++) {
    const chunk = (rows[Math.floor(at / chunks)] ?? []).slice((at % chunks) * room, ((at % chunks) + 1) * room);
    const from = at * length;
    if (start !== undefined) ids[from] = start;
    chunk.forEach(({ id, weight }, place) => {
      ids[from + first + place] = id;
      weights[from + first + place] = weight;
    });
    if (end !== undefined) ids[from + first + chunk.length] = end;
  }
  checkIds(ids, options.vocabulary);
  const counts = rows.map((row) => {
    const full = Math.floor(Math.max(row.length - 1, 0) / room);
    return full * length + (row.length - full * room) + (length - room);
  });
  return { ids, counts, chunks, ...(options.weights ? { weights } : {}) };
}

/** Throws where a tokenizer has ids that the network does not know: it is that of another one. */
function checkIds(ids: Int32Array, vocabulary: number): void {
  const wrong = ids.find((id) => id < 0 || id >= vocabulary);
  if (wrong === undefined) return;
  throw refusedPrompt(
    `the token id ${wrong}`,
    `ids from 0 to ${vocabulary - 1}`,
    'use the tokenizer that the network was trained with',
  );
}

interface WeightedToken {
  readonly id: number;
  readonly weight: number;
}

function tokensOf(text: string, tokenizer: TextTokenizer, weighted: boolean): readonly WeightedToken[] {
  const parts = weighted ? weightedParts(text) : [{ text, weight: 1 }];
  return parts.flatMap(({ text: part, weight }) => {
    if (Math.abs(weight) > MOST_WEIGHT)
      throw refusedPrompt(`a weight of ${formatValue(weight)}`, `weights up to ${MOST_WEIGHT}`, 'use fewer brackets');
    return tokenizer.ids(part).map((id) => ({ id, weight }));
  });
}
