import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { conv2dAttributes, conv2dGeometry, type Conv2dGeometry } from './conv2d-geometry.js';
import { transposeInto, transposeMatrices } from './transpose-matrices.js';
import { floatsOf, registerWasmKernel, reshaped, wasmKernel, type WasmTensor } from './wasm-kernel.js';

/**
 * The gradient of a convolution's filter, which tfjs lacks on wasm. It is a convolution itself: the input's channels
 * are its batch, the batch its channels, and dy its filter, dilated by the stride. For a 1 x 1 filter it is a matrix
 * product.
 */
export function registerConv2dBackpropFilter(): void {
  registerWasmKernel('Conv2DBackpropFilter', () => ({ inputs, attrs, backend }) => {
    const { x, dy } = inputs as { x: WasmTensor; dy: WasmTensor };
    const geometry = conv2dGeometry(attrs, x.shape, attrs['filterShape'] as number[]);
    return (isProduct(geometry) ? asProduct : asConvolution)(backend, geometry, x, dy);
  });
}

const isProduct = ({ filter, stride, before, input, output }: Conv2dGeometry): boolean =>
  filter.height * filter.width * stride.height * stride.width === 1 &&
  before.height + before.width === 0 &&
  input.height * input.width === output.height * output.width;

/** x^T dy, both as matrices with a row a pixel. */
function asProduct(backend: BackendWasm, geometry: Conv2dGeometry, x: WasmTensor, dy: WasmTensor): WasmTensor {
  const { batch, input, inChannels, outChannels } = geometry;
  const pixels = batch * input.height * input.width;
  const turned = transposeMatrices(backend, x, 1, pixels, inChannels);
  const product = wasmKernel('BatchMatMul')({
    inputs: { a: turned, b: reshaped(dy, [1, pixels, outChannels]) },
    attrs: { transposeA: false, transposeB: false },
    backend,
  });
  backend.disposeData(turned.dataId);
  product.shape = [1, 1, inChannels, outChannels];
  return product;
}

function asConvolution(backend: BackendWasm, geometry: Conv2dGeometry, x: WasmTensor, dy: WasmTensor): WasmTensor {
  const image = channelsFirst(backend, geometry, x);
  const filter = wasmKernel('Transpose')({ inputs: { x: dy }, attrs: { perm: [1, 2, 0, 3] }, backend });
  const taps = wasmKernel('Conv2D')({
    inputs: { x: image, filter },
    attrs: conv2dAttributes(...paddingOf(geometry, 'height'), ...paddingOf(geometry, 'width'), geometry.stride),
    backend,
  });
  const gradient = tapsFirst(backend, taps, geometry);
  for (const { dataId } of [image, filter, taps]) backend.disposeData(dataId);
  return gradient;
}

/** `[N, H, W, C]` as `[C, H, W, N]`. */
function channelsFirst(backend: BackendWasm, geometry: Conv2dGeometry, x: WasmTensor): WasmTensor {
  const { batch, input, inChannels } = geometry;
  const pixels = input.height * input.width;
  const out = backend.makeOutput([inChannels, input.height, input.width, batch], 'float32');
  const [from, to] = floatsOf(backend, [x, out]);
  for (let pixel = 0; pixel < pixels; pixel++) {
    transposeInto(
      { data: from, start: pixel * inChannels, stride: pixels * inChannels },
      { data: to, start: pixel * batch, stride: pixels * batch },
      batch,
      inChannels,
    );
  }
  return out;
}

/** Padding that leaves one place for each tap; more places where the forward pass left rows of its input unread. */
function paddingOf(geometry: Conv2dGeometry, side: 'height' | 'width'): [before: number, after: number] {
  const reach = (geometry.output[side] - 1) * geometry.stride[side] + geometry.filter[side];
  const before = geometry.before[side];
  return [before, Math.max(0, reach - geometry.input[side] - before)];
}

/** `[C, taps, taps, O]` as `[h, w, C, O]`, without surplus places. */
function tapsFirst(backend: BackendWasm, taps: WasmTensor, geometry: Conv2dGeometry): WasmTensor {
  const { filter, inChannels, outChannels } = geometry;
  const [, rows = 1, columns = 1] = taps.shape;
  const out = backend.makeOutput([filter.height, filter.width, inChannels, outChannels], 'float32');
  const [from, to] = floatsOf(backend, [taps, out]);
  let place = 0;
  for (let row = 0; row < filter.height; row++) {
    for (let column = 0; column < filter.width; column++) {
      for (let channel = 0; channel < inChannels; channel++) {
        const start = ((channel * rows + row) * columns + column) * outChannels;
        for (let index = 0; index < outChannels; index++) to[place++] = from[start + index] as number;
      }
    }
  }
  return out;
}
