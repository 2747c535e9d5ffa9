import { DiffusionError } from '../errors/diffusion-error.js';

/** Megabytes that a pipeline or a run may need where its maker says nothing else. */
export const MEMORY_LIMIT = 2048;

/** Bytes of a megabyte. */
export const MEGABYTE = 1e6;

/** One thing that takes memory, estimated before it is made. */
export interface MemoryNeed {
  /** In words: `weights of denoiser/mlp`. */
  readonly what: string;
  readonly bytes: number;
}

/** Bytes of tensors of these shapes: float32 or int32. */
export function tensorBytes(shapes: Iterable<readonly number[]>): number {
  let bytes = 0;
  for (const shape of shapes) bytes += 4 * shape.reduce((product, side) => product * side, 1);
  return bytes;
}

/**
 * Refuses what needs more memory than there may be used, before any of it is taken. Estimates are low: what is refused
 * could not have run.
 *
 * @param limit - megabytes
 * @throws DiffusionError `RXD_MEMORY_LIMIT` with the estimate of each need and the limit, in MB
 */
export function checkMemory(needs: readonly MemoryNeed[], limit: number = MEMORY_LIMIT): void {
  const total = needs.reduce((sum, { bytes }) => sum + bytes, 0) / MEGABYTE;
  if (total <= limit) return;
  const largest = needs.toSorted((a, b) => b.bytes - a.bytes).filter(({ bytes }) => bytes > 0);
  throw new DiffusionError('RXD_MEMORY_LIMIT', {
    problem: `this needs about ${inMegabytes(total)}, more than the limit of ${inMegabytes(limit)}`,
    got: largest.map(({ what, bytes }) => `${what}: ${inMegabytes(bytes / MEGABYTE)}`).join(', '),
    expected: `at most ${inMegabytes(limit)} together`,
    fix: 'ask for less of what is named first, or raise `memoryLimit` (megabytes), an option of `diffusion`',
  });
}

function inMegabytes(megabytes: number): string {
  return `${megabytes >= 1e15 ? megabytes.toExponential(1) : Math.ceil(megabytes).toLocaleString('en-US')} MB`;
}
