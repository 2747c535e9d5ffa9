import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Store } from '../../../src/core/contracts/store.js';
import { definePlugin } from '../../../src/core/assembly/define-plugin.js';
import { Roles } from '../../../src/core/assembly/roles.js';
import { loadNewest } from '../../../src/core/storage/stored-runs.js';
import { diffusion } from '../../../src/pipelines/diffusion.js';
import { standardPlugins } from '../../../src/pipelines/presets/standard-plugins.js';
import { memoryStore } from '../../../src/plugins/stores/memory.js';

/** Longer than a cancelled run waits for what is in flight. */
const SLOW_MS = 400;

it('a last checkpoint that takes long to write is whole, and the run gives its weights after it', async () => {
  const memory = memoryStore();
  const slow: Store = { ...memory, write: (name, bytes) => pause(SLOW_MS).then(() => memory.write(name, bytes)) };
  const store = definePlugin({ role: Roles.store, name: 'slow', config: z.strictObject({}), create: () => slow });
  const plugins = {
    engine: 'tfjs-cpu',
    dataset: { name: 'two-moons', config: { size: 16 } },
    denoiser: { name: 'mlp', config: { width: 4, blocks: 1 } },
    store: 'slow',
  };
  await using pipeline = await diffusion(
    { format: 1, preset: 'ddpm', plugins, train: { steps: 1, batchSize: 4 } },
    { plugins: [...standardPlugins, store] },
  );
  using result = await pipeline.train();
  expect(result.step).toBe(1);
  expect((await loadNewest(memory))?.checkpoint.step).toBe(1);
  for (const weight of Object.values(result.parameters)) expect(weight.isDisposed).toBe(false);
});
