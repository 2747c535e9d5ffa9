import { isMap, isScalar, LineCounter, parseDocument, visit, type YAMLError } from 'yaml';
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

/** Longest YAML, far more than any recipe has: its parser takes some 10 us a character at worst. JSON has no such limit. */
const MAX_LENGTH = 65_536;

function checkSize(text: string, file: string): void {
  if (text.length <= MAX_LENGTH) return;
  throw refused(file, `YAML of at most ${MAX_LENGTH} characters`, `${text.length}; write it as JSON`);
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
    // The package compares each key with all others, and cuts each error's line out: the square of their number.
    const lineCounter = new LineCounter();
    const document = parseDocument(text, { uniqueKeys: false, logLevel: 'error', prettyErrors: false, lineCounter });
    const [error] = document.errors;
    if (error) throw refused(file, 'a recipe must be YAML', placed(error, lineCounter));
    checkKeys(document, file);
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (cause) {
    if (cause instanceof DiffusionError) throw cause;
    throw refused(file, 'a recipe must be YAML', messageOf(cause), cause);
  }
}

const placed = ({ message, pos: [start] }: YAMLError, lines: LineCounter): string => {
  const { line, col } = lines.linePos(start);
  return `${message}, at line ${line}, column ${col}`;
};

/** Names as the object will have them: `1` and `"1"` are one name, and an alias would be a name that is not seen here. */
function checkKeys(document: Parameters<typeof visit>[0], file: string): void {
  visit(document, (_, node, path) => {
    if (path.length > 2 * MAX_DEPTH) throw tooDeep(file);
    if (!isMap(node)) return;
    const names = new Set<string>();
    for (const { key } of node.items) {
      if (!isScalar(key)) throw refused(file, 'names are text', 'an alias, a list or a map as a name');
      const name = String((key.value as string | number | boolean | null) ?? '');
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
