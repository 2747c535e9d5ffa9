import type { BatchShare } from '../../core/contracts/dataset.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';

/** One of several workers that train together. */
export interface WorkerShare {
  /** Which of them, 0 … of - 1. */
  readonly index: number;
  /** How many there are. */
  readonly of: number;
}

/**
 * The rows of each batch that a worker takes: as many as the others take, or one more or less.
 *
 * @param size - examples of an update, those of all workers together
 * @throws DiffusionError `RXD_REQUEST_INVALID` where there are fewer rows than workers
 */
export function rowsOf({ index, of }: WorkerShare, size: number): BatchShare {
  const from = (worker: number): number => Math.floor((worker * size) / of);
  if (size >= of) return { first: from(index), count: from(index + 1) - from(index) };
  throw new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'there are more workers than examples in a batch',
    got: `\`batchSize\` ${size} and \`share\` of ${of} workers`,
    expected: 'at least one example for each worker: `batchSize` is that of all workers together',
    fix: 'raise `batchSize`, or train with fewer workers',
  });
}
