import { MOST } from '../../../core/assembly/config-numbers.js';
import { didYouMean, listed } from '../../../core/assembly/nearest-name.js';
import type { Settings } from '../../../core/assembly/plain-json.js';
import { refuseScheduler, said } from './refuse.js';

/** Numbers as Python's JSON says them where JSON has no word. */
const NON_FINITE: Readonly<Record<string, number>> = { Infinity, '-Infinity': -Infinity, NaN: Number.NaN };

/** Bounds of a number; both ends belong to it. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** The keys of one JSON object, each read with its type and default; knows which were asked for. */
export class SchedulerFields {
  readonly #values: Settings;
  readonly #prefix: string;
  readonly #asked = new Set<string>();
  readonly #unused = new Set<string>();

  /** `prefix` stands before the keys in messages and in `ignored`. */
  constructor(values: Settings, prefix = '') {
    this.#values = values;
    this.#prefix = prefix;
  }

  /** Keys that have no effect: nobody asked for them, or they were asked for in vain. */
  get ignored(): readonly string[] {
    return Object.keys(this.#values)
      .filter((key) => !key.startsWith('_') && (this.#unused.has(key) || !this.#asked.has(key)))
      .map((key) => `${this.#prefix}${key}`);
  }

  /** Says that what a key holds is not used, here as there: it is named among those that have no effect. */
  leaveUnused(key: string): void {
    this.#unused.add(key);
  }

  /** Whether a key is there and not null. */
  has(key: string): boolean {
    return this.#value(key) !== undefined;
  }

  number(key: string, fallback: number, bounds: Bounds = {}): number {
    return this.optionalNumber(key, bounds) ?? fallback;
  }

  optionalNumber(key: string, { min = -Infinity, max = Infinity }: Bounds = {}): number | undefined {
    const value = this.#value(key);
    if (value === undefined) return undefined;
    const number = typeof value === 'string' ? NON_FINITE[value] : value;
    const tooLarge = Number.isFinite(number) && Math.abs(Number(number)) > MOST.real;
    if (typeof number === 'number' && number >= min && number <= max && !tooLarge) return number;
    return this.#refuse(key, value, `a number${boundsText(min, Math.min(max, tooLarge ? MOST.real : Infinity))}`);
  }

  /** A whole number: all of them count steps, levels or orders. */
  integer(key: string, fallback: number, bounds: Bounds = {}): number {
    const number = this.number(key, fallback, { max: MOST.trainSteps, ...bounds });
    return Number.isSafeInteger(number) ? number : this.#refuse(key, number, 'a whole number');
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.#value(key) ?? fallback;
    return typeof value === 'boolean' ? value : this.#refuse(key, value, 'true or false');
  }

  choice<T extends string>(key: string, fallback: T, choices: readonly T[]): T {
    const value = this.#value(key) ?? fallback;
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    const hint = typeof value === 'string' ? didYouMean(value, choices) : '';
    return this.#refuse(key, value, `one of ${listed(choices)}`, hint);
  }

  /** A list of numbers; `undefined` where the key is absent or null. */
  numbers(key: string): readonly number[] | undefined {
    const value = this.#value(key);
    if (value === undefined) return undefined;
    const most = MOST.trainSteps;
    if (!Array.isArray(value)) return this.#refuse(key, value, 'a list of numbers');
    if (value.length > most) return this.#refuse(key, `${value.length} numbers`, `at most ${most} numbers`);
    if (value.every((item) => typeof item === 'number' && Math.abs(item) <= MOST.real))
      return value as readonly number[];
    return this.#refuse(key, value, `a list of numbers from ${-MOST.real} to ${MOST.real}`);
  }

  /** Refuses the value of a key. */
  refuse(key: string, expected: string, fix = ''): never {
    return this.#refuse(key, this.#values[key], expected, fix);
  }

  #value(key: string): unknown {
    this.#asked.add(key);
    const value = Object.hasOwn(this.#values, key) ? this.#values[key] : undefined;
    return value === null ? undefined : value;
  }

  #refuse(key: string, value: unknown, expected: string, hint = ''): never {
    return refuseScheduler({
      problem: `${this.#prefix}${key} has a value that is not supported`,
      got: said(value),
      expected,
      fix: `${hint}correct ${this.#prefix}${key}`,
    });
  }
}

function boundsText(min: number, max: number): string {
  if (min === -Infinity && max === Infinity) return '';
  if (max === Infinity) return ` of ${min} or more`;
  return min === -Infinity ? ` of ${max} or less` : ` from ${min} to ${max}`;
}
