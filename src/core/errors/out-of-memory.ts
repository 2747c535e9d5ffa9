import { DiffusionError } from './diffusion-error.js';

/** How JavaScript, libtensorflow, tfjs's WebGPU and our guard of its WebAssembly say so; none of them has a type for it. */
const SAYINGS = new RegExp(
  [
    ...['Invalid typed array length', 'Invalid array buffer length', 'Array buffer allocation failed'],
    ...['OOM when allocating', 'exceeds WebGPU limits', 'has no room for'],
  ].join('|'),
);

/**
 * `RXD_ENGINE_FAILED` where an error of a tfjs backend says that memory has no room; `undefined` for any other error.
 *
 * @param engine - name of the engine whose work threw
 * @example
 * try { return work(); } catch (error) { throw outOfMemory(error, 'mine') ?? error; }
 */
export function outOfMemory(error: unknown, engine: string): DiffusionError | undefined {
  if (!(error instanceof Error) || error instanceof DiffusionError || !SAYINGS.test(error.message)) return undefined;
  return new DiffusionError('RXD_ENGINE_FAILED', {
    problem: 'the engine ran out of memory',
    got: error.message,
    expected: 'tensors that fit into memory',
    fix: 'use smaller batches; the engine stays usable',
    plugin: `engine/${engine}`,
    cause: error,
  });
}
