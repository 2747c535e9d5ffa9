import { groupNormGradKernel, groupNormKernel } from '../../../core/kernels/group-norm.js';
import { forward, gradient, type Sizes } from './group-norm-passes.js';
import { floatsOf, registerWasmKernel, type WasmTensor } from './wasm-kernel.js';

/** Group normalization and its gradient, each in two passes over an image instead of a dozen kernels. */
export function registerGroupNorm(): void {
  registerWasmKernel(groupNormKernel.name, () => ({ inputs, attrs, backend }) => {
    const { x, scale, bias } = inputs as { x: WasmTensor; scale: WasmTensor; bias: WasmTensor };
    const out = backend.makeOutput(x.shape, 'float32');
    const [values, scales, biases, result] = floatsOf(backend, [x, scale, bias, out]);
    forward(sizesOf(x, attrs), values, scales, biases, result);
    return out;
  });
  registerWasmKernel(groupNormGradKernel.name, () => ({ inputs, attrs, backend }) => {
    const { x, scale, dy } = inputs as { x: WasmTensor; scale: WasmTensor; dy: WasmTensor };
    const dx = backend.makeOutput(x.shape, 'float32');
    const dScale = backend.makeOutput(scale.shape, 'float32');
    const dBias = backend.makeOutput(scale.shape, 'float32');
    const [values, scales, slopes, ...results] = floatsOf(backend, [x, scale, dy, dx, dScale, dBias]);
    gradient(sizesOf(x, attrs), { values, scales, slopes, dx: results[0], dScale: results[1], dBias: results[2] });
    return [dx, dScale, dBias];
  });
}

function sizesOf(x: WasmTensor, attrs: Readonly<Record<string, unknown>>): Sizes {
  const [batch = 1] = x.shape;
  const channels = x.shape.at(-1) ?? 1;
  const pixels = x.shape.slice(1, -1).reduce((a, b) => a * b, 1);
  return { batch, pixels, channels, groups: attrs['groups'] as number, epsilon: attrs['epsilon'] as number };
}
