import { corrupt } from './corrupt.js';

/** Deeper than any header or recipe, shallower than the stack of a recursive reader. */
const MAX_DEPTH = 100;

/**
 * Parses JSON of a file that nobody vouches for. Names that an object has twice (`JSON.parse` would keep the last
 * silently), `__proto__` and deep nesting are refused, so that what reads the result can be simple.
 *
 * @param what - what errors call the text
 * @throws DiffusionError `RXD_FILE_CORRUPT`
 */
export function strictJson(text: string, what: string, file: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw corrupt(file, `${what} must be JSON`, JSON.stringify(text.slice(0, 40)), cause);
  }
  checkObjects(text, file);
  return json;
}

/** Walks through text that is known to be JSON; lists have an entry in `open` too, with no names. */
function checkObjects(text: string, file: string): void {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '{' || char === '[') open.push(new Set());
    else if (char === '}' || char === ']') open.pop();
    else if (char === '"') {
      const end = endOfString(text, at);
      if (isKey(text, end)) checkName(JSON.parse(text.slice(at, end)) as string, open.at(-1), file);
      at = end - 1;
    }
    if (open.length > MAX_DEPTH) throw corrupt(file, `JSON nested at most ${MAX_DEPTH} deep`, 'deeper');
  }
}

function checkName(name: string, names: Set<string> | undefined, file: string): void {
  if (name === '__proto__') throw corrupt(file, 'no name may be __proto__', name);
  if (names?.has(name)) throw corrupt(file, 'names must differ', `${JSON.stringify(name)} twice`);
  names?.add(name);
}

/** The place after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return text[at] === ':';
}
