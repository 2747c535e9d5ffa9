import type { Tensor } from '@tensorflow/tfjs';
import type { Engine } from '../contracts/engine.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { messageOf } from '../errors/format-value.js';

/** Waits until tensors are computed; what the engine throws meanwhile becomes `RXD_ENGINE_FAILED`. */
export async function realized(engine: Engine, tensors: readonly Tensor[]): Promise<void> {
  try {
    await engine.realize(tensors);
  } catch (cause) {
    if (cause instanceof DiffusionError) throw cause;
    throw new DiffusionError('RXD_ENGINE_FAILED', {
      problem: `the engine failed while it computed: ${messageOf(cause)}`,
      fix: 'use smaller batches if memory ran out, or choose another engine; this one stays usable',
      plugin: `engine/${engine.name}`,
      cause,
    });
  }
}
