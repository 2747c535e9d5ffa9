import { allFinite } from '../math/all-finite.js';
import type { Branch } from '../contracts/guidance.js';
import type { ByteSource } from '../contracts/store.js';
import type { NoiseLevel } from '../contracts/noise-level.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { formatValue } from '../errors/format-value.js';

const IN_RANGE = 'correct the plugin, or keep its input in the range that it can take';

/** A copy of a level that nobody can change. Throws `RXD_PLUGIN_OUTPUT` where it is none. */
export function frozenLevel(value: unknown): NoiseLevel {
  const level = (value ?? {}) as Partial<NoiseLevel>;
  const { t, alpha, sigma, lambda } = level;
  if ([t, alpha, sigma].every(Number.isFinite) && typeof lambda === 'number' && !Number.isNaN(lambda))
    return Object.freeze({ ...level, t, alpha, sigma, lambda }) as NoiseLevel;
  throw output(
    'invalid NoiseLevel',
    `t ${formatValue(t)}, alpha ${formatValue(alpha)}, sigma ${formatValue(sigma)}, lambda ${formatValue(lambda)}`,
    'finite t, alpha and sigma, and lambda = ln(alpha / sigma)',
    IN_RANGE,
  );
}

/** A level, or nothing where a run is at its end. */
export const levelOrEnd = (value: unknown): NoiseLevel | undefined =>
  value === undefined ? undefined : frozenLevel(value);

/** Copies of two levels or more, that nobody can change. */
export function frozenLevels(value: unknown): readonly NoiseLevel[] {
  const levels = Array.isArray(value) ? Array.from(value, frozenLevel) : [];
  if (levels.length > 1) return levels;
  throw output(
    'there are fewer than two levels to visit',
    Array.isArray(value) ? `${levels.length} levels` : formatValue(value),
    'a level for each step, and the last one',
    'return `steps + 1` levels',
  );
}

/** `count` finite numbers, where a hook was asked for `(key, count)`. */
export function checkedDraw(value: unknown, [, count]: readonly unknown[]): Float64Array {
  const draw = value instanceof Float64Array || value instanceof Float32Array ? (value as Float64Array) : undefined;
  if (draw !== undefined && draw.length === count && allFinite(draw)) return draw;
  throw output(
    'a draw of random numbers is not what was asked for',
    draw === undefined ? formatValue(value) : draw.length === count ? 'NaN or infinity' : `${draw.length} numbers`,
    `${formatValue(count)} finite numbers`,
    'return a Float64Array of `count` numbers',
  );
}

/** A finite number. */
export function finiteNumber(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw output('a hook did not give a finite number', formatValue(value), 'a finite number', IN_RANGE);
}

/** True or false. */
export function truth(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw output('a check did not say yes or no', formatValue(value), 'true or false', 'return a boolean');
}

/**
 * Branches of a guidance, each with a name of its own: at least one, where it was not asked with what it remembers, which may
 * be enough.
 */
export function branches(value: unknown, [, , remembered]: readonly unknown[]): readonly Branch[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  const names = list.map((branch) => (branch as Partial<Branch> | null | undefined)?.name);
  const isEnough = list.length > 0 || (Array.isArray(value) && Object.keys(remembered ?? {}).length > 0);
  if (isEnough && new Set(names).size === names.length && list.every(isBranch)) return list;
  throw output(
    'the guidance asked for no proper branches',
    formatValue(value),
    'a list of branches, each with a `name` of its own; texts as `condition` and `slot`; a perturbation with layers, or none',
    "return a list such as [{ name: 'conditional' }, { name: 'unconditional', condition: 'unconditional' }]",
  );
}

function isBranch(value: unknown): value is Branch {
  const { name, condition, slot, perturbation } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const areTexts = isText(name) && [condition, slot].every((text) => text === undefined || isText(text));
  return areTexts && (perturbation === undefined || isPerturbation(perturbation));
}

function isPerturbation(value: unknown): boolean {
  const { kind, layers } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return isText(kind) && (layers === undefined || (Array.isArray(layers) && layers.length > 0 && layers.every(isText)));
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** One of some words. */
export function oneOf(...words: readonly string[]): (value: unknown) => unknown {
  return (value) => {
    if (typeof value === 'string' && words.includes(value)) return value;
    throw output('a hook did not give one of its words', formatValue(value), words.join(' or '), 'return one of them');
  };
}

/** An object: no list, and not nothing. */
export function record(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw output('a hook did not give a record', formatValue(value), 'a record', 'return a record of what is asked for');
}

/** Bytes, which nobody else writes into. */
export function bytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw output('a hook did not give bytes', formatValue(value), 'a Uint8Array', 'return the bytes of the entry');
}

/** Bytes that can be read in parts. */
export function byteSource(value: unknown): ByteSource {
  const { size, read } = (value ?? {}) as Partial<ByteSource>;
  if (Number.isSafeInteger(size) && Number(size) >= 0 && typeof read === 'function') return value as ByteSource;
  throw output(
    'a hook did not give what can be read in parts',
    formatValue(value),
    '{ size, read(offset, length) }',
    'return the number of bytes and a function that reads some of them',
  );
}

/** Names. */
export function names(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value;
  throw output('a hook did not give names', formatValue(value), 'a list of texts', 'return the names that are there');
}

/** A function that gives back what was taken. */
export function giveBack(value: unknown): unknown {
  if (typeof value === 'function') return value;
  throw output('a lock gave nothing to end it', formatValue(value), 'a function', 'return a function that unlocks');
}

/** Whatever it is: it is looked at where it is used. */
export const unchecked = (value: unknown): unknown => value;

function output(problem: string, got: string, expected: string, fix: string): DiffusionError {
  return new DiffusionError('RXD_PLUGIN_OUTPUT', { problem, got, expected, fix });
}
