/** What a dataset says of itself. */
export interface DatasetInfo {
  readonly name: string;
  /** Number of examples. */
  readonly size: number;
  /** Shape of one example: `[height, width, channels]` or `[dimensions]`. */
  readonly shape: readonly number[];
  /** Number of classes, where examples carry labels 0 … classes - 1. */
  readonly classes?: number;
  /** Where the data comes from and under which licence. */
  readonly attribution?: string;
}

/** Which batch: a pure function of these four numbers, so that a resumed run sees what an uninterrupted one sees. */
export interface BatchRequest {
  readonly seed: number;
  readonly epoch: number;
  /** Index of the batch in its epoch. */
  readonly index: number;
  readonly size: number;
}

/** Examples as plain data: images in [-1, 1] (NHWC) or points. Tensors are born later, at the last moment. */
export interface Batch {
  readonly data: Float32Array;
  /** `[count, ...info.shape]`. */
  readonly shape: readonly number[];
  readonly labels?: Int32Array;
}

/**
 * Training data, pulled batch by batch.
 *
 * Laws (`datasetLaws`): equal requests give equal bytes; an epoch visits `floor(size / batch size)` different batches
 * and no example twice; values lie in [-1, 1] for images.
 */
export interface Dataset {
  readonly info: DatasetInfo;
  /** The examples of one batch. Rejects with `RXD_DATASET_INVALID` where an example cannot be served. */
  batch(request: BatchRequest): Batch | Promise<Batch>;
}
