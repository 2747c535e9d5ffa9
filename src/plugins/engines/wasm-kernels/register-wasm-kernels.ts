import { registerBatchMatMul } from './batch-mat-mul.js';
import { registerBorrowedKernels } from './borrowed-from-cpu.js';
import { registerConcat } from './concat.js';
import { registerConv2dBackpropFilter } from './conv2d-backprop-filter.js';
import { registerConv2dBackpropInput } from './conv2d-backprop-input.js';
import { registerGroupNorm } from './group-norm.js';
import { registerSilu } from './silu.js';
import { registerSlice } from './slice.js';
import { registerSum } from './sum.js';
import { registerTranspose } from './transpose.js';
import { registerUpsampleNearest2x } from './upsample-nearest-2x.js';

/** Registers every kernel of this folder. Idempotent. */
export function registerWasmKernels(): void {
  registerTranspose();
  registerBatchMatMul();
  registerConv2dBackpropInput();
  registerConv2dBackpropFilter();
  registerConcat();
  registerSlice();
  registerSum();
  registerGroupNorm();
  registerSilu();
  registerUpsampleNearest2x();
  registerBorrowedKernels();
}
