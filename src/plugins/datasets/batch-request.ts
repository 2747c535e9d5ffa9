import type { BatchRequest, DatasetInfo } from '../../core/contracts/dataset.js';
import { formatValue } from '../../core/errors/format-value.js';
import { isShareOf } from '../../core/training/batch-columns.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';

/** Places in their epoch of the examples that a request asks for, `to` excluded. */
export function placesOf({ index, size, share }: BatchRequest): { readonly from: number; readonly to: number } {
  const { first, count } = share ?? { first: 0, count: size };
  return { from: index * size + first, to: index * size + first + count };
}

/**
 * Checks that a dataset of this size has the asked batch.
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` if the batch lies outside the epoch or a number is not a whole one.
 */
export function checkBatchRequest({ epoch, index, size, share }: BatchRequest, info: DatasetInfo): void {
  const whole = [epoch, index].every((value) => Number.isInteger(value) && value >= 0);
  const isThere = Number.isInteger(size) && size >= 1 && (index + 1) * size <= info.size;
  if (whole && isThere && (share === undefined || isShareOf(share, size))) return;
  throw new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `the dataset of ${info.size} examples has no such batch.`,
    got: `epoch ${epoch}, index ${index}, size ${size}${share ? `, share ${formatValue(share)}` : ''}`,
    expected: `size 1 to ${info.size}, epoch from 0, an index below floor(${info.size} / size), a share within the batch`,
    fix: 'ask for smaller batches, or give the dataset more examples.',
    plugin: `dataset/${info.name}`,
  });
}
