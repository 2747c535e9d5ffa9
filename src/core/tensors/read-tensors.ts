import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../contracts/parameters.js';
import type { PlainTensor, PlainTensors } from './plain-tensor.js';

/** Copies of tensors as plain data, read together. */
export async function readTensors(tensors: ParameterSet): Promise<PlainTensors> {
  const read = Object.entries(tensors).map(async ([name, tensor]) => [name, await readTensor(tensor)] as const);
  return Object.fromEntries(await Promise.all(read));
}

async function readTensor(tensor: tf.Tensor): Promise<PlainTensor> {
  const data = await tensor.data();
  const shape = [...tensor.shape];
  if (tensor.dtype === 'int32') return { dtype: 'int32', shape, data: Int32Array.from(data) };
  return { dtype: 'float32', shape, data: Float32Array.from(data) };
}

/** Tensors of plain data, which is copied. They belong to the caller. */
export function plainToTensors(set: PlainTensors): Record<string, tf.Tensor> {
  const made = Object.entries(set).map(([name, { data, shape, dtype }]) => [
    name,
    tf.tensor(data.slice(), [...shape], dtype),
  ]);
  return Object.fromEntries(made) as Record<string, tf.Tensor>;
}
