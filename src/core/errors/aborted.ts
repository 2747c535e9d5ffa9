import { DiffusionError } from './diffusion-error.js';
import { formatValue } from './format-value.js';

/** The error for work that an `AbortSignal` cancelled; its cause is the signal's reason. */
export function aborted(work: string, reason: unknown): DiffusionError {
  return new DiffusionError('RXD_ABORTED', {
    problem: `${work} was cancelled by its AbortSignal`,
    got: formatValue(reason),
    fix: 'nothing to do if that was intended; everything that it held is freed',
    cause: reason,
  });
}
