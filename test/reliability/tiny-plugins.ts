import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Denoiser } from '../../src/core/contracts/denoiser.js';
import type { Store } from '../../src/core/contracts/store.js';
import type { CatalogueEntry } from '../../src/core/assembly/catalogue.js';
import { definePlugin } from '../../src/core/assembly/define-plugin.js';
import { Roles } from '../../src/core/assembly/roles.js';
import { memoryStore } from '../../src/plugins/stores/memory.js';

const config = z.strictObject({ gain: z.number().default(0.5).describe('first value of both gains') });

/** The smallest network that reads all that it is given: `gain * x + clock * time + label * class` on points of two, half of it perturbed. */
export const line = definePlugin({
  role: Roles.denoiser,
  name: 'line',
  config,
  inject: { engine: Roles.engine },
  async create({ config, engine }): Promise<Denoiser> {
    await engine.start();
    const parameters = engine.run(() => ({
      gain: tf.fill([2], config.gain),
      clock: tf.tensor1d([0.001, -0.002]),
      label: tf.tensor1d([0.3, -0.1]),
    }));
    return {
      info: { sampleShape: [2], classes: 3, perturbations: { 'identity-attention': ['all'], 'skip-layer': ['all'] } },
      parameters,
      predict({ gain, clock, label }, x, time, { classLabels }, perturbation) {
        const column = (numbers: tf.Tensor | undefined): tf.Tensor =>
          tf.reshape(tf.cast(numbers ?? tf.zeros([1]), 'float32'), [-1, 1]);
        const moved = tf.add(tf.mul(x, gain as tf.Tensor), tf.mul(column(time), clock as tf.Tensor));
        const told = tf.add(moved, tf.mul(column(classLabels), label as tf.Tensor));
        return perturbation ? tf.mul(told, 0.5) : told;
      },
      dispose: () => tf.dispose(parameters),
    };
  },
});

/** Images with a number added to each value. */
export const brighter = definePlugin({
  role: Roles.postProcessor,
  name: 'brighter',
  config: z.strictObject({ by: z.number().default(0.25).describe('what is added') }),
  create: ({ config: { by } }) => ({
    process: (batch) => (batch.kind === 'float' ? { ...batch, data: batch.data.map((value) => value + by) } : batch),
  }),
});

/** Watches and says nothing. */
export const quiet = definePlugin({
  role: Roles.observer,
  name: 'quiet',
  config: z.strictObject({}),
  create: () => ({ next: () => undefined }),
});

/** A store in memory that is locked for each run. */
export const locking = definePlugin({
  role: Roles.store,
  name: 'locking',
  config: z.strictObject({}),
  create: (): Store => ({ ...memoryStore(), lock: () => Promise.resolve(() => Promise.resolve()) }),
});

export const ownPlugins: readonly CatalogueEntry[] = [line, brighter, quiet, locking];
