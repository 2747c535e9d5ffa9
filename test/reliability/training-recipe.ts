import { createHash } from 'node:crypto';
import type { Store } from '../../src/core/contracts/store.js';
import { encodeCheckpoint } from '../../src/core/storage/checkpoint.js';
import { loadNewest } from '../../src/core/storage/stored-runs.js';
import type { Slots } from '../../src/core/assembly/recipe.js';

/** Training of a tiny network with everything that a checkpoint holds: weights, their average, the optimizer's state. */
export const trainingRecipe = (store: Slots[string], train: object) => ({
  format: 1,
  preset: 'ddpm',
  plugins: {
    engine: 'tfjs-cpu',
    dataset: { name: 'two-moons', config: { size: 64 } },
    denoiser: { name: 'mlp', config: { width: 4, blocks: 1 } },
    optimizer: { name: 'adamw', config: { learningRate: 0.01 } },
    average: { name: 'ema', config: { decay: 0.9 } },
    store,
  },
  train: { batchSize: 8, seed: 3, ...train },
});

/** The newest checkpoint of a store: its step, and the SHA-256 of weights, average and optimizer's state. */
export async function newestState(store: Store): Promise<{ step: number; sha256: string; warnings: number }> {
  const newest = await loadNewest(store);
  if (newest === undefined) return { step: 0, sha256: '', warnings: 0 };
  const { checkpoint, warnings } = newest;
  const bytes = await encodeCheckpoint({ ...checkpoint, run: 'any', recipe: { format: 1, plugins: {} } });
  return {
    step: checkpoint.step,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    warnings: warnings.length,
  };
}
