/** A tensor as plain data, row by row. */
export interface PlainTensor {
  readonly dtype: 'float32' | 'int32';
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** Plain tensors by name. */
export type PlainTensors = Readonly<Record<string, PlainTensor>>;
