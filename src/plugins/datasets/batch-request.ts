import type { BatchRequest, DatasetInfo } from '../../core/contracts/dataset.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';

/**
 * Checks that a dataset of this size has the asked batch.
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` if the batch lies outside the epoch or a number is not a whole one.
 */
export function checkBatchRequest({ epoch, index, size }: BatchRequest, info: DatasetInfo): void {
  const whole = [epoch, index].every((value) => Number.isInteger(value) && value >= 0);
  if (whole && Number.isInteger(size) && size >= 1 && (index + 1) * size <= info.size) return;
  throw new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `the dataset of ${info.size} examples has no such batch.`,
    got: `epoch ${epoch}, index ${index}, size ${size}`,
    expected: `size 1 to ${info.size}, epoch from 0, and an index below floor(${info.size} / size)`,
    fix: 'ask for smaller batches, or give the dataset more examples.',
    plugin: `dataset/${info.name}`,
  });
}
