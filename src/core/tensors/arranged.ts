import type { PlainTensor } from './plain-tensor.js';

/** Puts numbers that come row by row, a part at a time, where they belong when the axes are in another order. */
export class Arranging {
  /** Complete once all numbers were put. */
  readonly tensor: PlainTensor;
  /** Sides in the order in which numbers come, and how far one step along each of them leads in the result. */
  readonly #sides: readonly number[];
  readonly #steps: readonly number[] | undefined;
  readonly #place: number[];
  #from = 0;
  #to = 0;

  /** @param order - axis `i` of the result is axis `order[i]` of what comes; the same where absent or of another rank */
  constructor(dtype: PlainTensor['dtype'], sides: readonly number[], order?: readonly number[]) {
    const isOther = isOrder(order, sides);
    const shape = arrangedShape(sides, order);
    const count = sides.reduce((product, side) => product * side, 1);
    this.tensor = { dtype, shape, data: dtype === 'int32' ? new Int32Array(count) : new Float32Array(count) };
    this.#sides = sides;
    this.#place = sides.map(() => 0);
    if (isOther) {
      const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, side) => product * side, 1));
      this.#steps = sides.map((_, axis) => strides[order.indexOf(axis)] ?? 1);
    }
  }

  /** The next numbers. */
  put(numbers: Float32Array | Int32Array): void {
    if (this.#steps) this.#scatter(numbers, this.#steps);
    else this.tensor.data.set(numbers, this.#from);
    this.#from += numbers.length;
  }

  #scatter(numbers: Float32Array | Int32Array, steps: readonly number[]): void {
    const [{ data }, sides, place] = [this.tensor, this.#sides, this.#place];
    let to = this.#to;
    for (const number of numbers) {
      data[to] = number;
      for (let axis = sides.length - 1; axis >= 0; axis--) {
        const [side = 1, step = 0] = [sides[axis], steps[axis]];
        to += step;
        if ((place[axis] = (place[axis] ?? 0) + 1) < side) break;
        to -= step * side;
        place[axis] = 0;
      }
    }
    this.#to = to;
  }
}

/** Sides in the order of the axes of a result, see `Arranging`. */
export function arrangedShape(sides: readonly number[], order: readonly number[] | undefined): readonly number[] {
  return isOrder(order, sides) ? order.map((axis) => sides[axis] ?? 1) : sides;
}

const isOrder = (order: readonly number[] | undefined, sides: readonly number[]): order is readonly number[] =>
  order !== undefined && order.length === sides.length;

/** A tensor with its axes in another order, see `Arranging`; itself where the order is the same. */
export function arranged(tensor: PlainTensor, order: readonly number[] | undefined): PlainTensor {
  if (!isOrder(order, tensor.shape)) return tensor;
  const arranging = new Arranging(tensor.dtype, tensor.shape, order);
  arranging.put(tensor.data);
  return arranging.tensor;
}
