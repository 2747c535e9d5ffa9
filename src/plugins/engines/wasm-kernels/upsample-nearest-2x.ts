import { upsampleNearest2xGradKernel, upsampleNearest2xKernel } from '../../../core/kernels/upsample-nearest-2x.js';
import { floatsOf, registerWasmKernel, wasmKernel, type WasmTensor } from './wasm-kernel.js';

/** Nearest upsampling by tfjs's own resize, and its gradient in one pass: tiles and sums are slow on wasm. */
export function registerUpsampleNearest2x(): void {
  registerWasmKernel(upsampleNearest2xKernel.name, () => ({ inputs, backend }) => {
    const { x } = inputs as { x: WasmTensor };
    const [, height = 1, width = 1] = x.shape;
    return wasmKernel('ResizeNearestNeighbor')({
      inputs: { images: x },
      attrs: { size: [2 * height, 2 * width], alignCorners: false, halfPixelCenters: false },
      backend,
    });
  });
  registerWasmKernel(upsampleNearest2xGradKernel.name, () => ({ inputs, backend }) => {
    const { dy } = inputs as { dy: WasmTensor };
    const [batch = 1, height = 2, width = 2, channels = 1] = dy.shape;
    const out = backend.makeOutput([batch, height / 2, width / 2, channels], 'float32');
    const [slopes, sums] = floatsOf(backend, [dy, out]);
    const rowSize = width * channels;
    for (let row = 0; row < (batch * height) / 2; row++) {
      addCopies(slopes, 2 * row * rowSize, sums, (row * rowSize) / 2, rowSize, channels);
    }
    return out;
  });
}

/** One row of the result: sums of 2 x 2 pixels of two rows of dy. */
function addCopies(
  slopes: Float32Array,
  start: number,
  sums: Float32Array,
  target: number,
  rowSize: number,
  channels: number,
): void {
  for (let pixel = 0; pixel < rowSize / 2; pixel += channels) {
    const above = start + 2 * pixel;
    const below = above + rowSize;
    for (let channel = 0; channel < channels; channel++) {
      sums[target + pixel + channel] =
        (slopes[above + channel] as number) +
        (slopes[above + channels + channel] as number) +
        (slopes[below + channel] as number) +
        (slopes[below + channels + channel] as number);
    }
  }
}
