/** A tensor as plain data, row by row. */
export interface PlainTensor {
  readonly dtype: 'float32' | 'int32';
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** Plain tensors by name. */
export type PlainTensors = Readonly<Record<string, PlainTensor>>;

/** A tensor whose numbers are read when they are needed: from a file, from a device. */
export interface ReadableTensor {
  readonly dtype: PlainTensor['dtype'];
  readonly shape: readonly number[];
  /**
   * Reads its numbers, row by row.
   *
   * @param order - axis `i` of what is read is axis `order[i]` of `shape`; the same where absent or of another rank
   */
  read(order?: readonly number[]): Promise<PlainTensor>;
}

/** Readable tensors by name. */
export type ReadableTensors = Readonly<Record<string, ReadableTensor>>;
