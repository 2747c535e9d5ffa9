import * as tf from '@tensorflow/tfjs';
import type { ConditionInputs, Conditioning } from '../../contracts/conditioning.js';

/** Encoded conditions that are kept, at most. */
const ENTRIES = 64;
/** Numbers of an input beyond which what it is encoded to is not kept: to compare them would cost more. */
const NUMBERS = 65_536;

/** Keeps what a pipeline's conditioner has encoded, the latest ones, until `clear`. */
export class ConditionCache {
  readonly #kept = new Map<string, Conditioning>();
  readonly #ids = new WeakMap<object, number>();
  #next = 0;
  #closed = false;

  /**
   * What tells inputs apart; nothing where they are too large to be kept.
   *
   * @param by - what they are encoded by: the conditioner, its adapters and their scales
   */
  keyOf(by: readonly (object | number)[], inputs: ConditionInputs): string | undefined {
    const numbers = Object.values(inputs).reduce((sum, { data }) => sum + data.length, 0);
    if (numbers > NUMBERS) return undefined;
    const ids = by.map((one) => (typeof one === 'number' ? [one] : this.#idOf(one)));
    const columns = Object.keys(inputs).toSorted();
    return JSON.stringify([ids, ...columns.map((name) => [name, inputs[name]?.shape, inputs[name]?.data.join()])]);
  }

  #idOf(one: object): number {
    const id = this.#ids.get(one) ?? this.#next++;
    this.#ids.set(one, id);
    return id;
  }

  /** Lent: clone it to use it later than now. */
  find(key: string): Conditioning | undefined {
    const found = this.#kept.get(key);
    if (found === undefined) return undefined;
    // Found again: the last to be given up.
    this.#kept.delete(key);
    this.#kept.set(key, found);
    return found;
  }

  /** Takes the tensors, and says so; it takes none once it is cleared, or where it has them already. */
  keep(key: string, encoded: Conditioning): boolean {
    if (this.#closed || this.#kept.has(key)) return false;
    this.#kept.set(key, encoded);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > ENTRIES && oldest !== undefined) this.#drop(oldest);
    return true;
  }

  /** Frees all, and keeps nothing from now on. Idempotent. */
  clear(): void {
    this.#closed = true;
    for (const key of [...this.#kept.keys()]) this.#drop(key);
  }

  #drop(key: string): void {
    tf.dispose({ ...this.#kept.get(key) });
    this.#kept.delete(key);
  }
}
