import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../../core/contracts/engine.js';
import { outOfMemory } from '../../core/errors/out-of-memory.js';

/**
 * Runs work on a living tfjs backend and puts back the one that was current. tfjs's `setBackend` is async for backends
 * still to be made; for a living one all its work is synchronous. Throws what the work throws, as `RXD_ENGINE_FAILED`
 * where memory ran out.
 */
export function onBackend<T>({ name, backend }: Pick<Engine, 'name' | 'backend'>, work: () => T): T {
  const before = tf.engine().backendName;
  const switches = before !== backend;
  if (switches) void tf.setBackend(backend);
  try {
    return work();
  } catch (error) {
    throw outOfMemory(error, name) ?? error;
  } finally {
    if (switches && before) void tf.setBackend(before);
  }
}
