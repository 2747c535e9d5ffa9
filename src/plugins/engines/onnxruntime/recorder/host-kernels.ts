import type * as tf from '@tensorflow/tfjs';
import type { Kernel, KernelAttributes } from '../graph/kernel.js';
import { sizeOf, type ElementType, type HostData, type Spec } from '../graph/spec.js';
import type { Value } from '../graph/value.js';
import { resolvedShape } from '../kernels/shape.js';
import { ForeignValue } from './foreign-value.js';
import { infoOf } from './info-of.js';
import { isElementType, type RecorderBackend } from './recorder-backend.js';

type Inputs = Readonly<Record<string, tf.TensorInfo | undefined>>;
/** `undefined` sends the call to the cpu backend. */
type HostKernel = (backend: RecorderBackend, inputs: Inputs, attributes: KernelAttributes) => tf.TensorInfo | undefined;

/** Results of at most this many elements are made on the host at once. */
const SMALL = 1024;

const expand: Kernel = {
  name: 'Expand',
  infer: (_, { shape }) => [{ shape: shape as number[], dtype: 'float32' }],
  lower: ({ graph, outputs }, [x]) => [graph.node('Expand', [x as string, graph.shape((outputs[0] as Spec).shape)])],
};

/** Another handle for the same numbers, which stay with the backend that has them. */
const identity: HostKernel = (backend, { x }) => {
  const { dataId, shape, dtype } = x as tf.TensorInfo;
  backend.incRef(dataId);
  return { dataId, shape, dtype };
};

/**
 * Kernels that need no recording, or that would record a number which changes from step to step: it has to be an input
 * of the model, not a part of it.
 */
export const hostKernels: Readonly<Record<string, HostKernel>> = {
  Identity: identity,
  Reshape: (backend, inputs, attributes) => {
    const { dataId, dtype } = inputs['x'] as tf.TensorInfo;
    const value = backend.operand(dataId);
    const shape = resolvedShape((inputs['x'] as tf.TensorInfo).shape, attributes['shape'] as number[]);
    if (value instanceof ForeignValue || shape.join() === value.shape.join()) {
      backend.incRef(dataId);
      return { dataId, shape: [...shape], dtype };
    }
    return infoOf(reshaped(backend, value, shape));
  },
  Fill: (backend, _, { shape, value, dtype }) => {
    return filled(backend, shape as number[], value as number, (dtype as tf.DataType | undefined) ?? 'float32');
  },
  ZerosLike: (backend, { x }) => filled(backend, (x as tf.TensorInfo).shape, 0, (x as tf.TensorInfo).dtype),
  OnesLike: (backend, { x }) => filled(backend, (x as tf.TensorInfo).shape, 1, (x as tf.TensorInfo).dtype),
};

const reshapeKernel: Kernel = {
  name: 'Reshape',
  infer: ([x], { shape }) => [{ shape: shape as number[], dtype: (x as Spec).dtype }],
  lower: ({ graph, outputs }, [x]) => [graph.reshape(x as string, (outputs[0] as Spec).shape)],
};

/** The same numbers under another shape. */
export function reshaped(backend: RecorderBackend, value: Value, shape: readonly number[]): Value {
  const spec = { shape, dtype: value.dtype };
  if (value.state.kind === 'host') return backend.hostValue(value.state.data, spec);
  return backend.record(reshapeKernel, [value], { shape }, [spec])[0] as Value;
}

function filled(
  backend: RecorderBackend,
  shape: readonly number[],
  value: number | string,
  dtype: tf.DataType,
): tf.TensorInfo | undefined {
  if (!isElementType(dtype) || typeof value === 'string') return undefined;
  const size = sizeOf(shape);
  if (size <= SMALL) return infoOf(backend.hostValue(numbers(size, value, dtype), { shape, dtype }));
  const one = backend.hostValue(numbers(1, value, dtype), { shape: [], dtype });
  const [result] = backend.record(expand, [one], { shape }, [{ shape, dtype }]);
  backend.disposeData(one);
  return infoOf(result as Value);
}

function numbers(size: number, value: number, dtype: ElementType): HostData {
  if (dtype === 'float32') return new Float32Array(size).fill(value);
  return dtype === 'int32' ? new Int32Array(size).fill(value) : new Uint8Array(size).fill(value);
}
