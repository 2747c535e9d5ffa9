import * as tf from '@tensorflow/tfjs';
import type { Conditioning, Denoiser, PlainTensor } from 'rxdiffusion';
import { namedTensor, type ForwardRecord, type NetworkFolder } from './network-folder.js';

/** Names that diffusers and the records have for the noisy sample. */
const SAMPLE = new Set(['sample', 'hidden_states']);

/** Whether an input is the noisy sample. */
export const isSample = (name: string): boolean => SAMPLE.has(name);

/** The inputs of a record by the names of diffusers' `forward`, each the name of a tensor. */
function inputNames({ inputs, sample, timestep, class_labels }: ForwardRecord): Readonly<Record<string, string>> {
  const named = inputs ?? { sample, timestep, class_labels };
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, tensor]) => (tensor === undefined ? [] : [[name, tensor] as const])),
  );
}

/** The noisy sample of a record, as it is stored. */
export function storedSample(folder: NetworkFolder, record: ForwardRecord): PlainTensor {
  const names = inputNames(record);
  const [, tensor = ''] = Object.entries(names).find(([name]) => isSample(name)) ?? [];
  return namedTensor(folder, tensor);
}

/** Images of the record lie as NCHW; other tensors as here. */
export function toOurs({ data, shape }: PlainTensor): tf.Tensor {
  const tensor = tf.tensor(data, [...shape], 'float32');
  return shape.length === 4 ? tf.transpose(tensor, [0, 2, 3, 1]) : tensor;
}

/** The other way. */
export const toTheirs = (tensor: tf.Tensor): tf.Tensor =>
  tensor.rank === 4 ? tf.transpose(tensor, [0, 3, 1, 2]) : tensor;

/** The time and the conditions of a record, in the types that the denoiser reads. */
export function otherInputs(
  folder: NetworkFolder,
  record: ForwardRecord,
  { info }: Denoiser,
): { readonly time: tf.Tensor1D; readonly conditioning: Conditioning } {
  const { timestep = '', ...names } = inputNames(record);
  const conditions = Object.entries(names)
    .filter(([name]) => !isSample(name))
    .map(([name, tensor]) => {
      const { data, shape } = namedTensor(folder, tensor);
      const ours = conditionName(name);
      const dtype = info.takes?.[ours]?.dtype ?? 'float32';
      return [ours, tf.tensor(dtype === 'int32' ? Int32Array.from(data) : data, [...shape], dtype)] as const;
    });
  const time = tf.tensor1d(namedTensor(folder, timestep).data, 'float32');
  return { time, conditioning: Object.fromEntries(conditions) };
}

/** Our name of a condition. */
function conditionName(name: string): string {
  return name === 'class_labels' ? 'classLabels' : name.replace(/^added\./, '');
}
