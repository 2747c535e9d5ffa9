import { registerWasmKernel } from './wasm-kernel.js';
import { transposeMatrices } from './transpose-matrices.js';

/** Transposes of float matrices and batches of them; tfjs's goes element by element through strides. */
export function registerTranspose(): void {
  registerWasmKernel('Transpose', (former) => (call) => {
    const { x } = call.inputs;
    const matrices = x?.dtype === 'float32' && asMatrices(x.shape, call.attrs['perm'] as number[]);
    if (!x || !matrices) return former(call);
    const [batch, rows, columns] = matrices;
    const out = transposeMatrices(call.backend, x, batch, rows, columns);
    out.shape = (call.attrs['perm'] as number[]).map((axis) => x.shape[axis] ?? 1);
    return out;
  });
}

/** The permutation seen as `[B, R, C]` to `[B, C, R]`, where it is one: 0 … b-1 stay, then two runs of axes change places. */
function asMatrices(shape: number[], perm: number[]): [batch: number, rows: number, columns: number] | undefined {
  const rank = perm.length;
  let fixed = 0;
  while (fixed < rank && perm[fixed] === fixed) fixed++;
  const first = perm[fixed] ?? fixed;
  const turned = perm.slice(fixed).every((axis, index) => axis === fixed + ((first - fixed + index) % (rank - fixed)));
  if (fixed === rank || !turned) return undefined;
  const size = (from: number, to: number): number => shape.slice(from, to).reduce((a, b) => a * b, 1);
  return [size(0, fixed), size(fixed, first), size(first, rank)];
}
