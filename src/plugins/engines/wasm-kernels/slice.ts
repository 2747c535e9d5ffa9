import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { copyRows } from './copy-rows.js';
import { floatsOf, registerWasmKernel, type WasmKernel, type WasmTensor } from './wasm-kernel.js';

/** Slices of float tensors along one axis, alone (`Slice`) or all parts at once (`SplitV`): copies of rows. */
export function registerSlice(): void {
  registerWasmKernel('Slice', sliceOneAxis);
  registerWasmKernel('SplitV', splitFloats);
}

const sliceOneAxis =
  (former: WasmKernel<WasmTensor>): WasmKernel =>
  (call) => {
    const { x } = call.inputs;
    if (x?.dtype !== 'float32') return former(call);
    const { begin: from, size: counts } = call.attrs as { begin: number[]; size: number[] };
    const [begin = [], size = []] = tf.slice_util.parseSliceParams(x, from, counts);
    const cut = size.flatMap((count, axis) => (count === x.shape[axis] ? [] : [axis]));
    const [axis = 0] = cut;
    if (cut.length > 1 || size.length === 0) return former(call);
    return part(call.backend, x, axis, begin[axis] ?? 0, size[axis] ?? 1);
  };

const splitFloats =
  (former: WasmKernel<WasmTensor>): WasmKernel =>
  (call) => {
    const { x } = call.inputs;
    if (x?.dtype !== 'float32') return former(call);
    const axis = ((call.attrs['axis'] as number) + x.shape.length) % x.shape.length;
    const sizes = tf.backend_util.prepareSplitSize(x, call.attrs['numOrSizeSplits'] as number[], axis);
    let begin = 0;
    return sizes.map((size) => {
      begin += size;
      return part(call.backend, x, axis, begin - size, size);
    });
  };

/** The places `begin … begin + size - 1` of an axis. */
function part(backend: BackendWasm, x: WasmTensor, axis: number, begin: number, size: number): WasmTensor {
  const out = backend.makeOutput(x.shape.with(axis, size), 'float32');
  const [from, to] = floatsOf(backend, [x, out]);
  const inner = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const stride = (x.shape[axis] ?? 1) * inner;
  const rows = x.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  copyRows(
    { data: from, start: begin * inner, stride },
    { data: to, start: 0, stride: size * inner },
    rows,
    size * inner,
  );
  return out;
}
