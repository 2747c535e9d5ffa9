/** A part of a prompt and how much it counts; 1 is as much as without weights. */
export interface WeightedPart {
  readonly text: string;
  readonly weight: number;
}

/** What a pair of brackets does to the weight of what is between them. */
const EMPHASIS = 1.1;

/** Escaped characters, brackets, a weight with its closing bracket, or text in between. */
const SYMBOLS = /\\[\\()[\]]|:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*\)|[()[\]]|[^\\()[\]:]+|[\\:]/g;

interface Open {
  readonly bracket: '(' | '[';
  /** Where its content begins in the list of parts. */
  readonly from: number;
}

/**
 * A prompt with weights: `(word)` counts 1.1 times, `[word]` 1/1.1 times, `(word:1.3)` 1.3 times; brackets nest, and
 * `\(` is a bracket as text. Brackets that nobody closes count to the end. The notation of AUTOMATIC1111's web interface,
 * as diffusers' community pipeline `lpw_stable_diffusion` reads it.
 *
 * @returns parts in order, neighbours of one weight joined; none for an empty prompt
 */
export function weightedParts(prompt: string): readonly WeightedPart[] {
  const parts: { text: string; weight: number }[] = [];
  const open: Open[] = [];
  const close = (bracket: Open['bracket'], factor: number): boolean => {
    const at = open.findLastIndex((one) => one.bracket === bracket);
    if (at < 0) return false;
    const [{ from } = { from: 0 }] = open.splice(at, 1);
    for (const part of parts.slice(from)) part.weight *= factor;
    return true;
  };
  for (const [symbol, weight] of prompt.matchAll(SYMBOLS)) {
    if (symbol === '(' || symbol === '[') open.push({ bracket: symbol, from: parts.length });
    else if (!isClosed(symbol, weight, close)) parts.push({ text: unescaped(symbol), weight: 1 });
  }
  for (const { bracket, from } of open)
    for (const part of parts.slice(from)) part.weight *= bracket === '(' ? EMPHASIS : 1 / EMPHASIS;
  return joined(parts);
}

/** Whether a symbol closed what was open. */
function isClosed(
  symbol: string,
  weight: string | undefined,
  close: (bracket: Open['bracket'], factor: number) => boolean,
): boolean {
  if (weight !== undefined) return close('(', Number(weight));
  if (symbol === ')') return close('(', EMPHASIS);
  return symbol === ']' && close('[', 1 / EMPHASIS);
}

const unescaped = (symbol: string): string =>
  symbol.length === 2 && symbol.startsWith('\\') ? symbol.slice(1) : symbol;

function joined(parts: readonly WeightedPart[]): readonly WeightedPart[] {
  const done: { text: string; weight: number }[] = [];
  for (const { text, weight } of parts) {
    const last = done.at(-1);
    if (last?.weight === weight) last.text += text;
    else done.push({ text, weight });
  }
  return done;
}
