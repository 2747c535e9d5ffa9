import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { floatsOf, registerWasmKernel, type WasmTensor } from './wasm-kernel.js';

/** Sums over the first axes (gradients of biases): down the columns, in doubles, without turning the tensor first. */
export function registerSum(): void {
  registerWasmKernel('Sum', (former) => (call) => {
    const { x } = call.inputs;
    const kept = x?.dtype === 'float32' ? keptAxes(x.shape, call.attrs['axis']) : undefined;
    if (!x || kept === undefined) return former(call);
    const out = columnSums(
      call.backend,
      x,
      kept.reduce((a, b) => a * b, 1),
    );
    out.shape = call.attrs['keepDims'] ? [...x.shape.slice(kept.length).map(() => 1), ...kept] : kept;
    return out;
  });
}

/** The sizes of the axes that stay, where the summed ones are the first ones and some stay; an absent axis means all. */
function keptAxes(shape: number[], axis: unknown): number[] | undefined {
  if (typeof axis !== 'number' && !Array.isArray(axis)) return undefined;
  const axes = new Set([axis].flat().map((one: number) => (one < 0 ? one + shape.length : one)));
  const leading = axes.size > 0 && [...axes].every((one) => one < axes.size);
  return leading && axes.size < shape.length ? shape.slice(axes.size) : undefined;
}

function columnSums(backend: BackendWasm, x: WasmTensor, columns: number): WasmTensor {
  const out = backend.makeOutput([columns], 'float32');
  const [from, to] = floatsOf(backend, [x, out]);
  const sums = new Float64Array(columns);
  for (let start = 0; start < from.length; start += columns) {
    for (let column = 0; column < columns; column++) {
      sums[column] = (sums[column] as number) + (from[start + column] as number);
    }
  }
  to.set(sums);
  return out;
}
