import type { DataType } from '@tensorflow/tfjs';

/** Data that graphs cannot hold (strings, complex numbers): it stays with the cpu backend, under that backend's own handle. */
export class ForeignValue {
  readonly cpuData: object;
  readonly dtype: DataType;
  handles = 1;

  constructor(cpuData: object, dtype: DataType) {
    this.cpuData = cpuData;
    this.dtype = dtype;
  }
}
