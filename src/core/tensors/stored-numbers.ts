import type { StoredNumbers } from '../contracts/engine.js';
import type { ReadableTensor } from './plain-tensor.js';

/** Reads numbers as they lie in a file, each time into new memory. */
type ReadStored = () => Promise<StoredNumbers>;

const READ_STORED = Symbol('read stored numbers');

/**
 * The same tensor, which can be read as it lies in its file too. Who makes another tensor of it, by spreading it and with a
 * `read` of their own, gets that `read` alone: the other way is not enumerable.
 */
export function withStored(tensor: ReadableTensor, read: ReadStored): ReadableTensor {
  return Object.defineProperty({ ...tensor }, READ_STORED, { value: read });
}

/** What reads a tensor as it lies in its file; nothing where that is not known. */
export function storedReader(tensor: ReadableTensor): ReadStored | undefined {
  return (tensor as { readonly [READ_STORED]?: ReadStored })[READ_STORED];
}
