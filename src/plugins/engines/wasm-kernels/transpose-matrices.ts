import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { floatsOf, type WasmTensor } from './wasm-kernel.js';

/** Rows and columns that are handled together, so that both sides stay in the cache. */
const BLOCK = 16;

/** Where a matrix lies in memory: its first element, and the distance between its rows. */
export interface MatrixPlace {
  readonly data: Float32Array;
  readonly start: number;
  readonly stride: number;
}

/** `[B, R, C]` (any shape of that size) as a new `[B, C, R]`. */
export function transposeMatrices(
  backend: BackendWasm,
  x: WasmTensor,
  batch: number,
  rows: number,
  columns: number,
): WasmTensor {
  const out = backend.makeOutput([batch, columns, rows], 'float32');
  const [from, to] = floatsOf(backend, [x, out]);
  for (let index = 0; index < batch; index++) {
    const start = index * rows * columns;
    transposeInto({ data: from, start, stride: columns }, { data: to, start, stride: rows }, rows, columns);
  }
  return out;
}

/** Writes the transpose of a `[rows, columns]` matrix. */
export function transposeInto(from: MatrixPlace, to: MatrixPlace, rows: number, columns: number): void {
  const { data: source, start, stride } = from;
  const { data: target } = to;
  for (let row = 0; row < rows; row += BLOCK) {
    const first = start + row * stride;
    const end = start + Math.min(row + BLOCK, rows) * stride;
    for (let column = 0; column < columns; column++) {
      let place = to.start + column * to.stride + row;
      for (let at = first + column; at < end + column; at += stride) target[place++] = source[at] as number;
    }
  }
}
