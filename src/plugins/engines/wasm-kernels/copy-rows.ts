import type { MatrixPlace } from './transpose-matrices.js';

/** Above this many numbers a row, the platform's own copy is faster than a loop. */
const LONG_ROW = 48;

/** Copies a `[rows, columns]` matrix to another place. */
export function copyRows(from: MatrixPlace, to: MatrixPlace, rows: number, columns: number): void {
  const { data: source } = from;
  const { data: target } = to;
  let at = from.start;
  let place = to.start;
  for (let row = 0; row < rows; row++) {
    if (columns > LONG_ROW) target.set(source.subarray(at, at + columns), place);
    else for (let column = 0; column < columns; column++) target[place + column] = source[at + column] as number;
    at += from.stride;
    place += to.stride;
  }
}
