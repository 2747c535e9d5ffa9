import type { ColumnInfo, Columns } from './columns.js';

/** What a dataset says of itself. */
export interface DatasetInfo {
  readonly name: string;
  /** Number of examples. */
  readonly size: number;
  /** Shape of one example in the column `data`: `[height, width, channels]`, `[dimensions]`, … */
  readonly shape: readonly number[];
  /** Number of classes, where the column `label` holds 0 … classes - 1. */
  readonly classes?: number;
  /** The columns of its batches; `data`, and `label` where it has classes, where absent. */
  readonly columns?: Readonly<Record<string, ColumnInfo>>;
  /** Where the data comes from and under which licence. */
  readonly attribution?: string;
}

/** Which batch: it is a pure function of these numbers, so that a resumed run sees what an uninterrupted one sees. */
export interface BatchRequest {
  readonly seed: number;
  readonly epoch: number;
  /** Index of the batch in its epoch. */
  readonly index: number;
  /** Examples in a batch, those of all workers together. */
  readonly size: number;
  /**
   * Only these rows of the batch are wanted: the share of one of several workers. A dataset that gives the whole batch
   * all the same is right, only slower.
   */
  readonly share?: BatchShare;
}

/** Neighbouring rows of a batch. */
export interface BatchShare {
  /** The first row. */
  readonly first: number;
  /** Number of rows. */
  readonly count: number;
}

/** Examples as plain data. Tensors are made later, at the last moment. */
export interface Batch {
  /** Number of examples: rows of each column. */
  readonly count: number;
  /**
   * `data` (float32) is what is learned: images in [-1, 1] (NHWC), points, sound, films. Others are what conditioners
   * read: `label` (int32), `caption` (text), `image`, `mask`, …
   */
  readonly columns: Columns;
}

/**
 * Training data, pulled batch by batch.
 *
 * Laws (`datasetLaws`): equal requests give equal bytes; a share is these rows of the batch; an epoch visits
 * `floor(size / batch size)` different batches and no example twice; columns are those that `info` declares; values of images lie in [-1, 1].
 */
export interface Dataset {
  readonly info: DatasetInfo;
  /** The examples of one batch. Rejects with `RXD_DATASET_INVALID` where an example cannot be served. */
  batch(request: BatchRequest): Batch | Promise<Batch>;
}
