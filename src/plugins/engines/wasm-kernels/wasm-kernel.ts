import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** Shape, dtype and place of a tensor of the wasm backend. */
export type WasmTensor = tf.TensorInfo;

/** What a kernel is called with. Inputs and attributes are those that tfjs (or `core/kernels`) gives to its name. */
export interface WasmCall {
  readonly inputs: Readonly<Record<string, WasmTensor>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: BackendWasm;
}

/** A kernel's function: makes new tensors, frees those in between, leaves its inputs alone. */
export type WasmKernel<O extends WasmTensor | WasmTensor[] = WasmTensor | WasmTensor[]> = (call: WasmCall) => O;

const ours = new WeakSet<object>();

/** Registers a kernel of the wasm backend in place of what it has. `make` gets the former one, if any. Idempotent. */
export function registerWasmKernel(kernelName: string, make: (former: WasmKernel<WasmTensor>) => WasmKernel): void {
  const former = tf.getKernel(kernelName, 'wasm');
  if (former !== undefined && ours.has(former.kernelFunc)) return;
  const kernelFunc = make(asWasmKernel(former, kernelName)) as unknown as tf.KernelFunc;
  ours.add(kernelFunc);
  if (former !== undefined) tf.unregisterKernel(kernelName, 'wasm');
  // The former kernel's set-up stays: it binds the wasm functions that the former one calls.
  tf.registerKernel({ ...former, kernelName, backendName: 'wasm', kernelFunc });
}

/** A kernel that the wasm backend has, to be called from another kernel. */
export function wasmKernel(kernelName: string): WasmKernel<WasmTensor> {
  return asWasmKernel(tf.getKernel(kernelName, 'wasm'), kernelName);
}

function asWasmKernel(config: tf.KernelConfig | undefined, kernelName: string): WasmKernel<WasmTensor> {
  if (config !== undefined) return config.kernelFunc as unknown as WasmKernel<WasmTensor>;
  return () => {
    throw new Error(`the wasm backend has no kernel ${kernelName}`);
  };
}

/** Float views of tensors, valid until the next allocation on the backend. */
export function floatsOf<const T extends readonly WasmTensor[]>(
  backend: BackendWasm,
  tensors: T,
): { readonly [K in keyof T]: Float32Array } {
  // Looking a tensor up may bring it over from another backend, which allocates: all of that first.
  for (const { dataId } of tensors) backend.dataIdMap.get(dataId);
  return tensors.map((tensor) => backend.typedArrayFromHeap(tensor)) as { readonly [K in keyof T]: Float32Array };
}

/** The same data under another shape, for a call within a kernel: not a tensor of its own, so not to be freed. */
export function reshaped(tensor: WasmTensor, shape: number[]): WasmTensor {
  return { dataId: tensor.dataId, dtype: tensor.dtype, shape };
}
