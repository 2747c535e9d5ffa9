import { formatValue } from '../../../core/errors/format-value.js';
import { refusedPrompt } from './prompts.js';

/** Token ids as a condition, for whoever has a tokenizer of their own. */
export interface IdsCondition {
  /** One row for all samples, or one for each: as the network reads them, with start, end and padding. */
  readonly ids: readonly number[] | readonly (readonly number[])[];
}

/** Whether a condition is token ids. */
export function isIds(condition: unknown): condition is IdsCondition {
  return typeof condition === 'object' && condition !== null && !Array.isArray(condition) && 'ids' in condition;
}

/**
 * The rows of ids of a condition.
 *
 * @param width - a row has this many ids, or a multiple of it up to `chunks`
 * @throws DiffusionError `RXD_CONDITION_INVALID`
 */
export function idRows(
  { ids }: IdsCondition,
  count: number,
  { width, chunks, vocabulary }: { readonly width: number; readonly chunks: number; readonly vocabulary: number },
): { readonly ids: Int32Array; readonly rows: number; readonly chunks: number } {
  const listed: readonly unknown[] = Array.isArray(ids) ? ids : [];
  const rows: readonly unknown[] = Array.isArray(listed[0]) ? listed : [listed];
  const lengths = rows.map((row) => (Array.isArray(row) ? row.length : 0));
  const [length = 0] = lengths;
  const fits = length > 0 && length % width === 0 && length <= width * chunks && lengths.every((one) => one === length);
  if (!fits || ![1, count].includes(rows.length))
    throw refusedPrompt(
      `${rows.length} rows of ${[...new Set(lengths)].slice(0, 5).join(', ')} ids`,
      `one row or ${count}, of ${width} ids${chunks === 1 ? '' : ` or a multiple of it up to ${width * chunks}`}`,
      'pad or cut the rows as the network reads them',
    );
  const all = rows.flat() as readonly unknown[];
  const wrong = all.find((id) => !Number.isInteger(id) || (id as number) < 0 || (id as number) >= vocabulary);
  if (wrong !== undefined)
    throw refusedPrompt(
      `the id ${formatValue(wrong)}`,
      `whole numbers from 0 to ${vocabulary - 1}`,
      'use the tokenizer of this network',
    );
  return { ids: Int32Array.from(all as readonly number[]), rows: rows.length, chunks: length / width };
}

/** The refusal of a text where there is no tokenizer. */
export function noTokenizer(condition: unknown): Error {
  return refusedPrompt(
    `${formatValue(condition)}, and no tokenizer`,
    '`{ ids }`: token ids',
    'give the plugin the files of its tokenizer (config key `tokenizer`), or token ids as condition',
  );
}
