import type * as tf from '@tensorflow/tfjs';

type Values = ReturnType<tf.KernelBackend['readSync']>;

const patched = new WeakSet<tf.KernelBackend>();

/**
 * Makes a backend give copies of its numbers. Backends that keep them in JavaScript give the memory itself: who writes into
 * what `dataSync()` of a lent tensor gave would change the run. Idempotent.
 */
export function ownReads(backend: tf.KernelBackend): void {
  if (patched.has(backend)) return;
  patched.add(backend);
  const [read, readSync] = [backend.read.bind(backend), backend.readSync.bind(backend)];
  backend.readSync = (dataId) => copied(readSync(dataId));
  backend.read = async (dataId) => copied(await read(dataId));
}

const copied = (values: Values): Values => values.slice();
