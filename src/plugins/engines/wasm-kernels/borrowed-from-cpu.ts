import * as tf from '@tensorflow/tfjs';
import { registerWasmKernel, type WasmCall, type WasmTensor } from './wasm-kernel.js';

/** The part of tfjs's cpu backend that is used here. */
interface CpuBackend {
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: tf.TypedArray): tf.TensorInfo;
  readSync(dataId: object): tf.TypedArray;
  disposeData(dataId: object): boolean;
}

/** Kernels of gradients that wasm lacks: slow (they cross over to the cpu backend), but there. */
const BORROWED = ['DepthwiseConv2dNativeBackpropFilter', 'DepthwiseConv2dNativeBackpropInput', 'UnsortedSegmentSum'];

/** Lets the wasm backend use the cpu backend's version of kernels that it lacks. */
export function registerBorrowedKernels(): void {
  for (const name of BORROWED) {
    const kernel = tf.getKernel(name, 'cpu');
    if (kernel !== undefined && tf.getKernel(name, 'wasm') === undefined) {
      registerWasmKernel(name, () => (call) => onCpu(kernel, call));
    }
  }
}

function onCpu(kernel: tf.KernelConfig, { inputs, attrs, backend }: WasmCall): WasmTensor {
  const cpu = tf.findBackend('cpu') as unknown as CpuBackend;
  const there = Object.entries(inputs).map(([name, { shape, dtype, dataId }]) => {
    return [name, cpu.makeTensorInfo(shape, dtype, backend.readSync(dataId) as tf.TypedArray)] as const;
  });
  const result = kernel.kernelFunc({
    inputs: Object.fromEntries(there),
    attrs: attrs as unknown as tf.NamedAttrMap,
    backend: cpu,
  }) as tf.TensorInfo;
  const out = backend.makeOutput(result.shape, result.dtype, undefined, cpu.readSync(result.dataId));
  for (const { dataId } of [result, ...there.map(([, tensor]) => tensor)]) cpu.disposeData(dataId);
  return out;
}
