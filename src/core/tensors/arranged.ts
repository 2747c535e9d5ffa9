import type { PlainTensor } from './plain-tensor.js';

/** Rows that are moved together: as many numbers, one after the other in the result, as a cache line has. */
const TOGETHER = 16;

/** Most places of a row that are noted down. */
const MOST_PLACES = 2 ** 20;

/** Puts numbers that come row by row, a part at a time, where they belong when the axes are in another order. */
export class Arranging {
  /** Complete once all numbers were put. */
  readonly tensor: PlainTensor;
  readonly #places: Places | undefined;
  #from = 0;

  /** @param order - axis `i` of the result is axis `order[i]` of what comes; the same where absent or of another rank */
  constructor(dtype: PlainTensor['dtype'], sides: readonly number[], order?: readonly number[]) {
    const shape = arrangedShape(sides, order);
    const count = sides.reduce((product, side) => product * side, 1);
    this.tensor = { dtype, shape, data: dtype === 'int32' ? new Int32Array(count) : new Float32Array(count) };
    if (isOrder(order, sides)) this.#places = placesOf(sides, shape, order);
  }

  /** The next numbers. */
  put(numbers: Float32Array | Int32Array): void {
    if (this.#places) scatter(this.tensor.data, this.#places, numbers, this.#from);
    else this.tensor.data.set(numbers, this.#from);
    this.#from += numbers.length;
  }
}

/** Where numbers go: those of a row to `offsets`, counted from the start of the row, which is at `starts`. */
interface Places {
  readonly starts: Int32Array;
  readonly offsets: Int32Array;
}

/** Axes in front make the rows, as few of them as keep a row short. */
function placesOf(sides: readonly number[], shape: readonly number[], order: readonly number[]): Places {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, side) => product * side, 1));
  const steps = sides.map((_, axis) => strides[order.indexOf(axis)] ?? 1);
  let rows = 1;
  while (rows < sides.length - 1 && countOf(sides.slice(rows)) > MOST_PLACES) rows++;
  return {
    starts: offsetsOf(sides.slice(0, rows), steps.slice(0, rows)),
    offsets: offsetsOf(sides.slice(rows), steps.slice(rows)),
  };
}

const countOf = (sides: readonly number[]): number => sides.reduce((product, side) => product * side, 1);

/** Where each element of some axes lies, row by row. */
function offsetsOf(sides: readonly number[], steps: readonly number[]): Int32Array {
  let offsets = new Int32Array(1);
  sides.forEach((side, axis) => {
    const [before, step] = [offsets, steps[axis] ?? 1];
    offsets = new Int32Array(before.length * side);
    before.forEach((offset, at) => {
      for (let index = 0; index < side; index++) offsets[at * side + index] = offset + index * step;
    });
  });
  return offsets;
}

type Numbers = Float32Array | Int32Array;

/** Puts numbers that begin at place `from`: the rest of a row, whole rows, the beginning of a row. */
function scatter(data: Numbers, places: Places, numbers: Numbers, from: number): void {
  const { starts, offsets } = places;
  const width = offsets.length;
  let at = 0;
  while (at < numbers.length) {
    const [row, column] = [Math.floor((from + at) / width), (from + at) % width];
    const whole = column === 0 ? Math.min(TOGETHER, Math.floor((numbers.length - at) / width)) : 0;
    if (whole === TOGETHER && isRun(starts, row)) {
      scatterRun(data, offsets, numbers, { at, start: starts[row] ?? 0 });
      at += TOGETHER * width;
      continue;
    }
    const count = Math.min(width - column, numbers.length - at);
    const start = starts[row] ?? 0;
    for (let index = 0; index < count; index++)
      data[start + (offsets[column + index] as number)] = numbers[at + index] as number;
    at += count;
  }
}

/** Whether the next rows begin side by side in the result. */
const isRun = (starts: Int32Array, row: number): boolean =>
  (starts[row + 1] ?? 0) === (starts[row] ?? 0) + 1 &&
  (starts[row + TOGETHER - 1] ?? 0) === (starts[row] ?? 0) + TOGETHER - 1;

/** Rows that begin side by side, in squares: what is read and what is written of a square both lie in the cache. */
function scatterRun(
  data: Numbers,
  offsets: Int32Array,
  numbers: Numbers,
  { at, start }: { readonly at: number; readonly start: number },
): void {
  const width = offsets.length;
  for (let first = 0; first < width; first += TOGETHER) {
    const last = Math.min(width, first + TOGETHER);
    for (let row = 0; row < TOGETHER; row++) {
      const [from, to] = [at + row * width, start + row];
      for (let column = first; column < last; column++)
        data[to + (offsets[column] as number)] = numbers[from + column] as number;
    }
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
