import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { conv2dAttributes, conv2dGeometry, type Conv2dGeometry } from './conv2d-geometry.js';
import { copyRows } from './copy-rows.js';
import { transposeInto } from './transpose-matrices.js';
import { floatsOf, registerWasmKernel, wasmKernel, type WasmTensor } from './wasm-kernel.js';

/**
 * The gradient of a convolution's input, as a convolution of dy with the turned filter, which XNNPACK does about ten
 * times as fast as tfjs's own kernel. With a stride, zeros are set between the pixels of dy.
 */
export function registerConv2dBackpropInput(): void {
  registerWasmKernel('Conv2DBackpropInput', (former) => (call) => {
    const { inputs, attrs, backend } = call;
    const { dy, filter } = inputs as { dy: WasmTensor; filter: WasmTensor };
    const geometry = conv2dGeometry(attrs, attrs['inputShape'] as number[], filter.shape);
    const padding = [...paddingOf(geometry, 'height'), ...paddingOf(geometry, 'width')] as const;
    if (padding.some((count) => count < 0) || attrs['dataFormat'] === 'NCHW') return former(call);
    const spread = spreadOut(backend, geometry, dy);
    const turned = turnFilter(backend, geometry, filter);
    const gradient = wasmKernel('Conv2D')({
      inputs: { x: spread ?? dy, filter: turned },
      attrs: conv2dAttributes(...padding, { height: 1, width: 1 }),
      backend,
    });
    if (spread) backend.disposeData(spread.dataId);
    backend.disposeData(turned.dataId);
    return gradient;
  });
}

function paddingOf(geometry: Conv2dGeometry, side: 'height' | 'width'): [before: number, after: number] {
  const before = geometry.before[side];
  const reach = (geometry.output[side] - 1) * geometry.stride[side] + 1;
  return [geometry.filter[side] - 1 - before, geometry.input[side] - reach + before];
}

/** dy with `stride - 1` zeros between its pixels; nothing where the stride is 1. */
function spreadOut(backend: BackendWasm, geometry: Conv2dGeometry, dy: WasmTensor): WasmTensor | undefined {
  const { batch, output, stride, outChannels } = geometry;
  if (stride.height * stride.width === 1) return undefined;
  const height = (output.height - 1) * stride.height + 1;
  const width = (output.width - 1) * stride.width + 1;
  const out = backend.makeOutput([batch, height, width, outChannels], 'float32');
  const [from, to] = floatsOf(backend, [dy, out]);
  to.fill(0);
  for (let row = 0; row < batch * output.height; row++) {
    const image = Math.floor(row / output.height);
    const target = (image * height + (row % output.height) * stride.height) * width * outChannels;
    const source = row * output.width * outChannels;
    copyRows(
      { data: from, start: source, stride: outChannels },
      { data: to, start: target, stride: stride.width * outChannels },
      output.width,
      outChannels,
    );
  }
  return out;
}

/** `[h, w, C, O]` as `[h, w, O, C]` with its taps in reverse order. */
function turnFilter(backend: BackendWasm, geometry: Conv2dGeometry, filter: WasmTensor): WasmTensor {
  const { height, width } = geometry.filter;
  const { inChannels, outChannels } = geometry;
  const out = backend.makeOutput([height, width, outChannels, inChannels], 'float32');
  const [from, to] = floatsOf(backend, [filter, out]);
  const size = inChannels * outChannels;
  const taps = height * width;
  for (let tap = 0; tap < taps; tap++) {
    transposeInto(
      { data: from, start: tap * size, stride: outChannels },
      { data: to, start: (taps - 1 - tap) * size, stride: inChannels },
      inChannels,
      outChannels,
    );
  }
  return out;
}
