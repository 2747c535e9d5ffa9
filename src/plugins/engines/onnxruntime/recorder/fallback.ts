import * as tf from '@tensorflow/tfjs';
import type { KernelAttributes } from '../graph/kernel.js';
import { cpuBackend, type CpuBackend } from './cpu-backend.js';
import { ForeignValue } from './foreign-value.js';
import { isElementType, type RecorderBackend } from './recorder-backend.js';

/** Tensors by name; a few kernels take lists of them. */
type Inputs = Readonly<Record<string, tf.TensorInfo | readonly tf.TensorInfo[] | undefined>>;

/** Runs a kernel on the cpu backend: its inputs are computed and copied there, its results copied back. Counted. */
export function computeOnCpu(
  name: string,
  backend: RecorderBackend,
  inputs: Inputs,
  attributes: KernelAttributes,
): tf.TensorInfo | tf.TensorInfo[] {
  const kernel = tf.getKernel(name, 'cpu');
  if (kernel === undefined) throw new Error(`no backend here has the kernel ${name}`);
  // Kernels without inputs (ranges of numbers) wait for nothing and bring nothing over.
  if (Object.keys(inputs).length > 0) backend.countFallback(name);
  const cpu = cpuBackend();
  const copies: tf.TensorInfo[] = [];
  const moved = (info: tf.TensorInfo): tf.TensorInfo => {
    const copy = onCpu(cpu, backend, info);
    if (copy !== undefined) copies.push(copy);
    // Some kernels of tfjs count on being given tensors, which know their rank.
    return Object.assign(copy ?? foreignInfo(backend, info), { rank: info.shape.length });
  };
  const there = Object.entries(inputs).flatMap(([key, info]) => {
    if (info === undefined || info === null) return [];
    return [[key, 'dataId' in info ? moved(info) : info.map(moved)] as const];
  });
  try {
    const given = Array.isArray(inputs) ? there.map(([, info]) => info) : Object.fromEntries(there);
    const results = kernel.kernelFunc({
      inputs: given as unknown as tf.NamedTensorInfoMap,
      attrs: attributes as unknown as tf.NamedAttrMap,
      backend: cpu,
    });
    return Array.isArray(results) ? results.map((result) => back(cpu, backend, result)) : back(cpu, backend, results);
  } finally {
    for (const { dataId } of copies) cpu.disposeData(dataId);
  }
}

/** A copy on the cpu backend of what graphs hold; nothing for what is there already. */
function onCpu(cpu: CpuBackend, backend: RecorderBackend, info: tf.TensorInfo): tf.TensorInfo | undefined {
  const value = backend.operand(info.dataId);
  if (value instanceof ForeignValue) return undefined;
  return cpu.makeTensorInfo(info.shape, info.dtype, backend.readSync(info.dataId));
}

function foreignInfo(backend: RecorderBackend, { dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
  return { dataId: (backend.operand(dataId) as ForeignValue).cpuData, shape, dtype };
}

function back(cpu: CpuBackend, backend: RecorderBackend, { dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
  if (!isElementType(dtype)) return { dataId: backend.foreignValue(dataId, dtype), shape, dtype };
  const copy = backend.write(cpu.readSync(dataId), shape, dtype);
  cpu.disposeData(dataId);
  return { dataId: copy, shape, dtype };
}
