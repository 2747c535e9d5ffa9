import { describe, expect, it } from 'vitest';
import type { Store } from '../../../src/core/contracts/store.js';
import { DiffusionError } from '../../../src/core/errors/diffusion-error.js';
import { encodeCheckpoint } from '../../../src/core/storage/checkpoint.js';
import { saveCheckpoint } from '../../../src/core/storage/checkpoints.js';
import { loadNewest } from '../../../src/core/storage/stored-runs.js';
import { memoryStore } from '../../../src/plugins/stores/memory.js';
import { encodeSafetensors } from '../../../src/core/storage/safetensors.js';
import { tinyCheckpoint } from './tiny-checkpoint.js';

const nameOf = (step: number): string => `checkpoint-${String(step).padStart(8, '0')}.safetensors`;

async function saved(steps: readonly number[], keep: number): Promise<Store> {
  const store = memoryStore();
  for (const step of steps) await saveCheckpoint(store, tinyCheckpoint(step), { keep });
  return store;
}

async function truncate(store: Store, name: string): Promise<void> {
  await store.write(name, (await store.read(name)).slice(0, -5));
}

describe('saveCheckpoint', () => {
  it('names the entry by its step, so that names sort as steps do', async () => {
    const store = memoryStore();
    expect(await saveCheckpoint(store, tinyCheckpoint(800), { keep: 1 })).toBe('checkpoint-00000800.safetensors');
    expect(await store.list()).toEqual(['checkpoint-00000800.safetensors']);
  });

  it.each([1, 2, 3])('keeps the newest %i', async (keep) => {
    const store = await saved([1, 2, 10, 11, 100], keep);
    expect(await store.list()).toEqual([1, 2, 10, 11, 100].slice(-keep).map(nameOf));
  });

  it('leaves what is no checkpoint alone', async () => {
    const store = memoryStore();
    const others = ['aaa.txt', 'checkpoint-1.safetensors', 'checkpoint-00000001.safetensors.old'];
    for (const name of others) await store.write(name, Uint8Array.of(1));
    for (const step of [3, 4]) await saveCheckpoint(store, tinyCheckpoint(step), { keep: 1 });
    expect(await store.list()).toEqual([...others, nameOf(4)].toSorted());
  });

  it('writes over the checkpoint of the same step', async () => {
    const store = await saved([5, 5], 2);
    expect(await store.list()).toEqual([nameOf(5)]);
  });

  it('removes nothing when writing fails', async () => {
    const store = await saved([1, 2], 2);
    const full: Store = { ...store, write: () => Promise.reject(new Error('no space')) };
    await expect(saveCheckpoint(full, tinyCheckpoint(3), { keep: 1 })).rejects.toThrow('no space');
    expect(await store.list()).toEqual([nameOf(1), nameOf(2)]);
  });

  it('removes nothing when what was written cannot be read again', async () => {
    const store = await saved([1, 2], 2);
    const lossy: Store = { ...store, write: (name, bytes) => store.write(name, bytes.slice(0, -1)) };
    await expect(saveCheckpoint(lossy, tinyCheckpoint(3), { keep: 1 })).rejects.toMatchObject({
      code: 'RXD_FILE_CORRUPT',
    });
    expect(await loadNewest(store)).toMatchObject({ name: nameOf(2) });
  });
});

describe('loadNewest', () => {
  it('is undefined for a store without checkpoints', async () => {
    const store = memoryStore();
    await store.write('notes.txt', Uint8Array.of(1));
    expect(await loadNewest(store)).toBeUndefined();
  });

  it('gives the newest', async () => {
    const newest = await loadNewest(await saved([9, 10], 5));
    expect(newest).toEqual({ name: nameOf(10), checkpoint: tinyCheckpoint(10), warnings: [] });
  });

  it('falls back to the one before where the newest are broken, and says so of each', async () => {
    const store = await saved([1, 2, 3], 3);
    await truncate(store, nameOf(2));
    await store.write(nameOf(3), new Uint8Array(0));
    const newest = await loadNewest(store);
    expect(newest).toMatchObject({ name: nameOf(1), checkpoint: tinyCheckpoint(1) });
    expect(newest?.warnings.map(({ code }) => code)).toEqual(['RXD_FILE_CORRUPT', 'RXD_FILE_CORRUPT']);
    expect(newest?.warnings.map(({ message }) => /checkpoint-\d+/.exec(message)?.[0])).toEqual([
      'checkpoint-00000003',
      'checkpoint-00000002',
    ]);
  });

  it('falls back where the newest is no checkpoint but other safetensors', async () => {
    const store = await saved([1], 1);
    await store.write(nameOf(2), encodeSafetensors({ tensors: {}, metadata: {} }));
    const newest = await loadNewest(store);
    expect(newest).toMatchObject({ name: nameOf(1), warnings: [{ code: 'RXD_FORMAT_UNSUPPORTED' }] });
  });

  it('rejects with the error of the newest where all are broken', async () => {
    const store = await saved([1, 2], 2);
    for (const name of await store.list()) await truncate(store, name);
    await expect(loadNewest(store)).rejects.toMatchObject({
      code: 'RXD_FILE_CORRUPT',
      problem: expect.stringContaining(nameOf(2)),
    });
  });

  it('does not pass over a checkpoint that cannot be read: an older one would undo work', async () => {
    const store = await saved([1, 2], 2);
    const refused = new DiffusionError('RXD_STORE_READ', { problem: 'no permission', fix: 'give it' });
    const locked: Store = {
      ...store,
      read: (name) => (name === nameOf(2) ? Promise.reject(refused) : store.read(name)),
    };
    await expect(loadNewest(locked)).rejects.toBe(refused);
  });

  it('takes the newest by its number, not by when it was written', async () => {
    const store = memoryStore();
    for (const step of [30, 4]) await store.write(nameOf(step), await encodeCheckpoint(tinyCheckpoint(step)));
    expect((await loadNewest(store))?.checkpoint.step).toBe(30);
  });
});
