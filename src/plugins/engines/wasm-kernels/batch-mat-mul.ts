import type { WasmCall, WasmTensor } from './wasm-kernel.js';
import { registerWasmKernel } from './wasm-kernel.js';
import { transposeMatrices } from './transpose-matrices.js';

/** Matrix products with a transposed side: the side is turned first, for only the plain product is XNNPACK's. */
export function registerBatchMatMul(): void {
  registerWasmKernel('BatchMatMul', (former) => (call) => {
    const { a, b } = call.inputs;
    const { transposeA, transposeB } = call.attrs;
    const turnA = a && transposeA && a.dtype === 'float32' ? turned(call, a) : undefined;
    const turnB = b && transposeB && b.dtype === 'float32' ? turned(call, b) : undefined;
    const out = former({
      ...call,
      inputs: { ...call.inputs, ...(turnA && { a: turnA }), ...(turnB && { b: turnB }) },
      attrs: { transposeA: transposeA && !turnA, transposeB: transposeB && !turnB },
    });
    if (turnA) call.backend.disposeData(turnA.dataId);
    if (turnB) call.backend.disposeData(turnB.dataId);
    return out;
  });
}

function turned({ backend }: WasmCall, x: WasmTensor): WasmTensor {
  const outer = x.shape.slice(0, -2);
  const [rows = 1, columns = 1] = x.shape.slice(-2);
  const out = transposeMatrices(
    backend,
    x,
    outer.reduce((a, b) => a * b, 1),
    rows,
    columns,
  );
  out.shape = [...outer, columns, rows];
  return out;
}
