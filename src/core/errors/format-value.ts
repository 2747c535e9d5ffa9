/** Longest text of a value in an error. */
const LONGEST = 300;
/** Longest message of somebody else's error that is repeated. */
const LONGEST_MESSAGE = 1500;

/**
 * A value as the text of an error. It never throws, whatever the value is: an object without a prototype, one whose
 * `toString` throws, a symbol, a proxy that refuses everything.
 */
export function formatValue(value: unknown): string {
  try {
    return shortened(plainly(value), LONGEST);
  } catch {
    return `a value without a string form (${typeof value})`;
  }
}

/** What a thrown value says of itself; never throws. */
export function messageOf(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message : error;
    return typeof text === 'string' ? shortened(text, LONGEST_MESSAGE) : formatValue(text);
  } catch {
    return formatValue(undefined);
  }
}

/** The kind of a thrown value: the name of an error's class, or the type and text of anything else; never throws. */
export function kindOf(error: unknown): string {
  try {
    if (error instanceof Error) return formatValue(error.name);
  } catch {
    return `a value without a name (${typeof error})`;
  }
  return `${typeof error} ${formatValue(error)}`;
}

function plainly(value: unknown): string {
  if (typeof value === 'symbol') return value.toString();
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`;
  return String(value);
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length} characters)`;
}
