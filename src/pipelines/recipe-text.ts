import { isMap, isScalar, parseDocument, visit } from 'yaml';
import { DiffusionError } from '../core/errors/diffusion-error.js';
import { messageOf } from '../core/errors/format-value.js';
import { strictJson } from '../core/storage/strict-json.js';

/**
 * Parses a recipe as text. Keys that an object has twice, `__proto__` and nesting without end are refused, in JSON and YAML
 * alike; so are YAML aliases that would grow without end. `parseRecipe` says whether it is a recipe.
 *
 * @param file - what errors call it
 * @throws DiffusionError `RXD_RECIPE_INVALID`
 */
export function parseRecipeText(text: string, form: 'json' | 'yaml', file = 'the recipe'): unknown {
  if (form === 'yaml') return parsedYaml(text, file);
  return strictJson(text, 'a recipe', file, { refuse: (_, rule, got, cause) => refused(file, rule, got, cause) });
}

/** Most keys and brackets, and most items of lists, of YAML: more take its parser seconds. JSON has no such limit. */
const MOST = { keys: 10_000, items: 50_000 } as const;

function checkSize(text: string, file: string): void {
  const found = { keys: text.match(/[[{?:]/g)?.length ?? 0, items: text.match(/[,-]\s/g)?.length ?? 0 };
  for (const what of ['keys', 'items'] as const)
    if (found[what] > MOST[what])
      throw refused(file, `YAML of at most ${MOST[what]} ${what}`, `about ${found[what]}; write it as JSON`);
}

/** Nesting as the text shows it, before the parser does: it takes all memory for a few thousand dashes in a row. */
function checkDepth(text: string, file: string): void {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    if (depth > MAX_DEPTH) throw tooDeep(file);
  }
  if (/^ *(?:[-?:][ \t]+){101}/m.test(text) || /^ {201}/m.test(text)) throw tooDeep(file);
}

const MAX_DEPTH = 100;

const tooDeep = (file: string): DiffusionError => refused(file, `YAML nested at most ${MAX_DEPTH} deep`, 'deeper');

function parsedYaml(text: string, file: string): unknown {
  checkSize(text, file);
  checkDepth(text, file);
  try {
    // The package compares each key with all others: its time would grow with the square of their number.
    const document = parseDocument(text, { uniqueKeys: false, logLevel: 'error' });
    const [error] = document.errors;
    if (error) throw error;
    checkKeys(document, file);
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (cause) {
    if (cause instanceof DiffusionError) throw cause;
    throw refused(file, 'a recipe must be YAML', messageOf(cause), cause);
  }
}

function checkKeys(document: Parameters<typeof visit>[0], file: string): void {
  visit(document, (_, node, path) => {
    if (path.length > 2 * MAX_DEPTH) throw tooDeep(file);
    if (!isMap(node)) return;
    const names = new Set<unknown>();
    for (const { key } of node.items) {
      const name = isScalar(key) ? key.value : key;
      if (name === '__proto__') throw refused(file, 'no name may be __proto__', '__proto__');
      if (names.has(name)) throw refused(file, 'names must differ', `${JSON.stringify(name)} twice`);
      names.add(name);
    }
  });
}

function refused(file: string, rule: string, got: string, cause?: unknown): DiffusionError {
  return new DiffusionError('RXD_RECIPE_INVALID', {
    problem: `${file} cannot be read as a recipe`,
    got,
    expected: rule,
    fix: 'correct the file; recipes end in .json, .yaml or .yml',
    ...(cause === undefined ? {} : { cause }),
  });
}
