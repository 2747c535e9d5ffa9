import { copyRows } from './copy-rows.js';
import { floatsOf, registerWasmKernel } from './wasm-kernel.js';

/** Concatenation of float tensors along any axis: one copy of rows for each input. */
export function registerConcat(): void {
  registerWasmKernel('Concat', (former) => (call) => {
    const parts = Object.values(call.inputs);
    const [first] = parts;
    if (!first || parts.some(({ dtype }) => dtype !== 'float32')) return former(call);
    const rank = first.shape.length;
    const axis = ((call.attrs['axis'] as number) + rank) % rank;
    const total = parts.reduce((sum, part) => sum + (part.shape[axis] ?? 1), 0);
    const out = call.backend.makeOutput(first.shape.with(axis, total), 'float32');
    const [target, ...sources] = floatsOf(call.backend, [out, ...parts]);
    const rows = first.shape.slice(0, axis).reduce((a, b) => a * b, 1);
    let start = 0;
    for (const data of sources) {
      const columns = data.length / rows;
      copyRows(
        { data, start: 0, stride: columns },
        { data: target, start, stride: target.length / rows },
        rows,
        columns,
      );
      start += columns;
    }
    return out;
  });
}
