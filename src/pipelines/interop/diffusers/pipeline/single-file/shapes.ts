import { corrupt } from '../../../../../core/storage/corrupt.js';
import type { ReadableTensors } from '../../../../../core/tensors/plain-tensor.js';

/** The shapes of the tensors of one network, as configs are inferred from them. */
export class Shapes {
  readonly #tensors: ReadableTensors;
  readonly #file: string;

  constructor(tensors: ReadableTensors, file: string) {
    [this.#tensors, this.#file] = [tensors, file];
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#tensors, name);
  }

  /** One side of a tensor. Throws `RXD_FILE_CORRUPT` where it is not there. */
  side(name: string, axis: number): number {
    const side = this.has(name) ? this.#tensors[name]?.shape[axis] : undefined;
    if (side !== undefined) return side;
    throw corrupt(this.#file, `a tensor ${name} with a side ${axis}`, this.has(name) ? 'one of less sides' : 'none');
  }

  /** Number of sides of a tensor. */
  rank(name: string): number {
    return (this.has(name) ? this.#tensors[name]?.shape.length : undefined) ?? 0;
  }

  /** How many of these come one after the other from 0 on. */
  count(nameOf: (index: number) => string): number {
    let count = 0;
    while (this.has(nameOf(count))) count++;
    return count;
  }
}

/** The tensors whose names begin with `prefix`, without it. */
export function below(tensors: ReadableTensors, prefix: string): ReadableTensors {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
