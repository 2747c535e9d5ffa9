import { siluGradKernel } from '../../../core/kernels/silu.js';
import { floatsOf, registerWasmKernel, wasmKernel, type WasmTensor } from './wasm-kernel.js';

/** The gradient of SiLU in one pass over XNNPACK's sigmoid. */
export function registerSilu(): void {
  registerWasmKernel(siluGradKernel.name, () => ({ inputs, backend }) => {
    const { x, dy } = inputs as { x: WasmTensor; dy: WasmTensor };
    const out = wasmKernel('Sigmoid')({ inputs: { x }, attrs: {}, backend });
    const [values, slopes, result] = floatsOf(backend, [x, dy, out]);
    for (let index = 0; index < result.length; index++) {
      const s = result[index] as number;
      result[index] = (slopes[index] as number) * s * (1 + (values[index] as number) * (1 - s));
    }
    return out;
  });
}
