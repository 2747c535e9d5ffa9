import * as tf from '@tensorflow/tfjs';

/** The part of tfjs's cpu backend that is used here. */
export interface CpuBackend {
  write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): object;
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: tf.backend_util.BackendValues): tf.TensorInfo;
  readSync(dataId: object): tf.backend_util.BackendValues;
  disposeData(dataId: object, force?: boolean): boolean;
  incRef(dataId: object): void;
  decRef(dataId: object): void;
}

/** tfjs's plain backend: computes what has no lowering, and holds what graphs cannot. */
export function cpuBackend(): CpuBackend {
  return tf.findBackend('cpu') as unknown as CpuBackend;
}
