import type { DiffusionError } from '../errors/diffusion-error.js';
import { corrupt } from './corrupt.js';

/** How strict, and what a refusal is. */
export interface StrictJsonOptions {
  /** Deepest nesting; 100, deeper than any header or recipe and shallower than the stack of a recursive reader. */
  readonly maxDepth?: number;
  /** Fields whose numbers are counts: digits only. */
  readonly whole?: ReadonlySet<string>;
  /** Makes the error of a broken rule; `RXD_FILE_CORRUPT` where absent. */
  readonly refuse?: (file: string, rule: string, got: string, cause?: unknown) => DiffusionError;
}

/**
 * Parses JSON of a file that nobody vouches for. Names that an object has twice (`JSON.parse` would keep the last
 * silently), `__proto__` and deep nesting are refused, so that what reads the result can be simple.
 *
 * @param what - what errors call the text
 * @throws DiffusionError `RXD_FILE_CORRUPT`
 */
export function strictJson(text: string, what: string, file: string, options: StrictJsonOptions = {}): unknown {
  const { refuse = corrupt } = options;
  // First: text that is nested without end costs a parser more than it costs here.
  checkObjects(text, { maxDepth: 100, ...options }, (rule, got) => refuse(file, rule, got));
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw refuse(file, `${what} must be JSON`, JSON.stringify(text.slice(0, 40)), cause);
  }
}

type Refuse = (rule: string, got: string) => DiffusionError;

/** Walks through text that may not be JSON; lists have an entry in `open` too, with no names. */
function checkObjects(
  text: string,
  { maxDepth, whole }: StrictJsonOptions & { readonly maxDepth: number },
  refuse: Refuse,
): void {
  const open: (Set<string> | undefined)[] = [];
  // The field whose value is read: in a list still that of the list.
  let field = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '{' || char === '[') {
      open.push(undefined);
      if (open.length > maxDepth) throw refuse(`JSON nested at most ${maxDepth} deep`, 'deeper');
    } else if (char === '}' || char === ']') open.pop();
    else if (char === '"') {
      const end = endOfString(text, at);
      if (isKey(text, end) && open.length > 0)
        checkName((field = textOf(text, at, end)), (open[open.length - 1] ??= new Set()), refuse);
      at = end - 1;
    } else if (isNoCount(text, at) && whole?.has(field))
      throw refuse(`the numbers of ${[...whole].join(' and ')} are counts: digits only`, numberAt(text, at));
  }
}

/** A sign, a point or an exponent. */
function isNoCount(text: string, at: number): boolean {
  const char = text[at];
  return char === '.' || char === '-' || ((char === 'e' || char === 'E') && isDigit(text[at - 1]));
}

function checkName(name: string, names: Set<string>, refuse: Refuse): void {
  if (name === '__proto__') throw refuse('no name may be __proto__', name);
  if (names.has(name)) throw refuse('names must differ', `${JSON.stringify(name.slice(0, 100))} twice`);
  names.add(name);
}

/** A name as it reads; one that is no JSON is found by the parser. */
function textOf(text: string, start: number, end: number): string {
  const inside = text.slice(start + 1, end - 1);
  if (!inside.includes('\\')) return inside;
  try {
    return JSON.parse(`"${inside}"`) as string;
  } catch {
    return inside;
  }
}

/** The place after the closing quote of the string that opens at `start`; the end of the text where there is none. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return Math.min(at + 1, text.length);
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++;
  return text[at] === ':';
}

const isDigit = (char: string | undefined): boolean => char !== undefined && char >= '0' && char <= '9';

const numberAt = (text: string, at: number): string => text.slice(Math.max(0, at - 10), at + 10);
