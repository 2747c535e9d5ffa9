import type { Column } from '../../../core/contracts/columns.js';
import { DiffusionError } from '../../../core/errors/diffusion-error.js';
import { formatValue } from '../../../core/errors/format-value.js';

/** Characters of a prompt, at most. */
const CHARACTERS = 20_000;

/** A condition as texts: one for all samples, or one for each. */
export function promptsOf(condition: unknown, count: number): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(condition) ? condition : [condition];
  if (!texts.every((text) => typeof text === 'string') || ![1, count].includes(texts.length))
    throw refusedPrompt(
      formatValue(condition),
      `a text, or a list of ${count}`,
      "give `condition: 'a text'`, or one for each sample",
    );
  const longest = Math.max(...texts.map(({ length }) => length));
  if (longest <= CHARACTERS) return texts;
  throw refusedPrompt(`a text of ${longest} characters`, `at most ${CHARACTERS} characters`, 'shorten it');
}

/** The texts of a column of a training batch, some of them dropped to the empty text. */
export function trainingPrompts(
  column: Column | undefined,
  count: number,
  dropped: (example: number) => boolean,
): readonly string[] {
  const texts = promptsOf(column?.kind === 'text' ? column.values : undefined, count);
  return texts.map((text, example) => (dropped(example) ? '' : text));
}

/** The refusal of a text. */
export function refusedPrompt(got: string, expected: string, fix: string): DiffusionError {
  return new DiffusionError('RXD_CONDITION_INVALID', { problem: 'a text cannot be encoded', got, expected, fix });
}
