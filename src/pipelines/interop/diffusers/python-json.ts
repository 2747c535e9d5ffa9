import { beyondLimit } from '../../../core/storage/corrupt.js';
import { strictJson } from '../../../core/storage/strict-json.js';

/** What Python writes for numbers that JSON has no word for. */
const NON_FINITE = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|(?<![\w.-])(-?Infinity|NaN)(?!\w)/g;

/** Longer than any config, with its tables of levels. */
const MAX_LENGTH = 2 ** 20;

/**
 * Parses JSON as Python's `json` writes it: `Infinity`, `-Infinity` and `NaN` stand for themselves, and come back as
 * strings of that name, since JSON has no such numbers. Everything else is strict.
 *
 * @throws DiffusionError `RXD_FILE_CORRUPT` for text that is no JSON, names twice and nesting without end,
 * `RXD_FORMAT_UNSUPPORTED` for text longer than any config
 */
export function parsePythonJson(text: string, file = 'scheduler_config.json'): unknown {
  if (text.length > MAX_LENGTH)
    throw beyondLimit(file, `a config of at most ${MAX_LENGTH} characters`, `${text.length} characters`);
  const quoted = text.replace(NON_FINITE, (match, word: string | undefined) =>
    word === undefined ? match : `"${word}"`,
  );
  return strictJson(quoted, 'a scheduler config', file);
}
