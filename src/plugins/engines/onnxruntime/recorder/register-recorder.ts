import * as tf from '@tensorflow/tfjs';
import type { Kernel, KernelAttributes } from '../graph/kernel.js';
import { sizeOf, type HostData, type Spec } from '../graph/spec.js';
import type { Value } from '../graph/value.js';
import { everyKernel } from '../kernels/every-kernel.js';
import { computeOnCpu } from './fallback.js';
import { ForeignValue } from './foreign-value.js';
import { hostKernels, reshaped } from './host-kernels.js';
import { infoOf } from './info-of.js';
import type { RecorderBackend } from './recorder-backend.js';

/** What tfjs hands to a kernel. */
interface KernelArguments {
  readonly inputs: Readonly<Record<string, tf.TensorInfo | undefined>>;
  readonly attrs: KernelAttributes;
  readonly backend: RecorderBackend;
}

/**
 * Registers every kernel of tfjs for a recorder: those with a lowering record, all others run on the cpu backend. Kernels
 * of ours without a lowering are left to their plain versions, which record.
 */
export function registerRecorder(backendName: string): void {
  const register = (kernelName: string, work: (call: KernelArguments) => tf.TensorInfo | tf.TensorInfo[]): void => {
    if (tf.getKernel(kernelName, backendName) !== undefined) return;
    const kernelFunc = work as unknown as tf.KernelFunc;
    tf.registerKernel({ kernelName, backendName, kernelFunc });
  };
  for (const [name, work] of Object.entries(hostKernels)) {
    register(name, ({ inputs, attrs, backend }) => {
      return work(backend, inputs, attrs) ?? computeOnCpu(name, backend, inputs, attrs);
    });
  }
  for (const kernel of everyKernel) register(kernel.name, (call) => recorded(kernel, call));
  for (const { kernelName } of tf.getKernelsForBackend('cpu')) {
    if (isOurs(kernelName)) continue;
    register(kernelName, ({ inputs, attrs, backend }) => computeOnCpu(kernelName, backend, inputs, attrs));
  }
}

/** Whether a kernel is one of `core/kernels`: the cpu backend has those that ran there before. */
const isOurs = (kernelName: string): boolean => kernelName.startsWith('Rxd');

function recorded(kernel: Kernel, { inputs, attrs, backend }: KernelArguments): tf.TensorInfo | tf.TensorInfo[] {
  const infos = operands(kernel, inputs);
  const values = infos.map(({ dataId }) => backend.operand(dataId));
  if (values.some((value) => value instanceof ForeignValue)) return computeOnCpu(kernel.name, backend, inputs, attrs);
  const views = infos.map(({ shape }, index) => viewOf(backend, values[index] as Value, shape));
  try {
    const specs = kernel.infer(views, attrs);
    if (specs === undefined) return computeOnCpu(kernel.name, backend, inputs, attrs);
    const isEmpty = specs.every(({ shape }) => sizeOf(shape) === 0);
    const results = isEmpty
      ? specs.map((spec) => backend.hostValue(nothing(spec), spec))
      : backend.record(kernel, views, attrs, specs);
    const made = results.map(infoOf);
    return made.length === 1 && kernel.givesList !== true ? (made[0] as tf.TensorInfo) : made;
  } finally {
    for (const view of views) if (!values.includes(view)) backend.disposeData(view);
  }
}

/** A value under the shape that tfjs says: a tensor of another backend may be a reshaped view of its data. */
function viewOf(backend: RecorderBackend, value: Value, shape: readonly number[]): Value {
  return shape.join() === value.shape.join() ? value : reshaped(backend, value, shape);
}

function operands(kernel: Kernel, inputs: KernelArguments['inputs']): readonly tf.TensorInfo[] {
  const given = kernel.inputs === undefined ? Object.values(inputs) : kernel.inputs.map((name) => inputs[name]);
  return given.filter((info) => info !== undefined && info !== null);
}

function nothing({ dtype }: Spec): HostData {
  if (dtype === 'float32') return new Float32Array(0);
  return dtype === 'int32' ? new Int32Array(0) : new Uint8Array(0);
}
