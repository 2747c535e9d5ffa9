import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import type { Store } from '../../src/core/contracts/store.js';
import { definePlugin } from '../../src/core/assembly/define-plugin.js';
import { Roles } from '../../src/core/assembly/roles.js';
import { diffusion } from '../../src/pipelines/diffusion.js';
import { nodePlugins } from '../../src/pipelines/presets/node-plugins.js';
import { folderStore, type FileSystem } from '../../src/plugins/stores/folder.js';
import { memoryStore } from '../../src/plugins/stores/memory.js';
import { times } from '../effort.js';
import { figure } from '../figure.js';
import { dice } from './tiny-pipeline.js';
import { newestState, trainingRecipe } from './training-recipe.js';

const train = { steps: 8, checkpointEvery: 1 };

let path: string;
beforeEach(async () => {
  path = await fs.mkdtemp(join(tmpdir(), 'rxd-checkpoint-faults-'));
});
afterEach(() => fs.rm(path, { recursive: true }));

/** Trains, or resumes, into a store; the newest step that an event called safe. */
async function trained(store: Store): Promise<{ safe: number; error: unknown }> {
  const given = definePlugin({ role: Roles.store, name: 'given', config: z.strictObject({}), create: () => store });
  await using pipeline = await diffusion(trainingRecipe('given', train), { plugins: [...nodePlugins, given] });
  let safe = 0;
  const run = pipeline.train.events({ run: 'mine', resume: true });
  return await new Promise((resolve) => {
    run.subscribe({
      next: ({ kind, step }) => void (safe = kind === 'checkpoint' ? step : safe),
      error: (error: unknown) => resolve({ safe, error }),
      complete: () => resolve({ safe, error: undefined }),
    });
  });
}

/** What a disk that is full or broken may fail at while a checkpoint is written. */
const PHASES = ['open', 'writeFile', 'sync', 'close', 'rename', 'sync of the folder', 'read back'] as const;

/** The real file system, but one operation fails from its `at`-th time on. */
function failing(phase: (typeof PHASES)[number], at: number, code: string): FileSystem {
  let calls = 0;
  const tried = (): void => {
    if (++calls >= at) throw Object.assign(new Error(`${code}: injected by the test`), { code });
  };
  return {
    ...fs,
    rename: async (...asked) => {
      if (phase === 'rename') tried();
      return fs.rename(...asked);
    },
    open: async (...asked: Parameters<typeof fs.open>) => {
      const [name, flags] = asked;
      const what = flags === 'wx' ? 'file' : String(name) === path ? 'folder' : 'read';
      if (phase === (what === 'file' ? 'open' : what === 'read' ? 'read back' : undefined)) tried();
      const file = await fs.open(...asked);
      if (what === 'folder' && phase === 'sync of the folder') failAt(file, 'sync', tried);
      if (what === 'file' && (phase === 'writeFile' || phase === 'sync' || phase === 'close'))
        failAt(file, phase, tried);
      return file;
    },
  };
}

/** Half of what is written is on the disk then; a file is closed all the same. */
function failAt(file: fs.FileHandle, operation: 'writeFile' | 'sync' | 'close', tried: () => void): void {
  const real = file[operation].bind(file) as (bytes?: Uint8Array) => Promise<void>;
  Object.assign(file, {
    [operation]: async (bytes?: Uint8Array) => {
      if (operation === 'close') await real();
      try {
        tried();
      } catch (error) {
        if (bytes) await file.write(bytes, 0, bytes.length >> 1);
        throw error;
      }
      if (operation !== 'close') await real(bytes);
    },
  });
}

it('a disk that fails while it trains loses no checkpoint, and the run resumes to the same bytes', async () => {
  const random = dice('disk');
  const memory = memoryStore();
  expect((await trained(memory)).error).toBeUndefined();
  const whole = await newestState(memory);
  const count = times(14, 210);
  for (let fault = 0; fault < count; fault++) {
    const phase = PHASES[fault % PHASES.length]!;
    const code = fault % 2 === 0 ? 'ENOSPC' : 'EIO';
    const at = random(1, 8);
    const { safe, error } = await trained(folderStore(path, failing(phase, at, code)));
    const { step, warnings } = await newestState(folderStore(path));
    const { error: again } = await trained(folderStore(path));
    expect({ phase, at, code, error, warnings, lost: step < safe, again }).toMatchObject({
      error: { code: phase === 'read back' ? 'RXD_STORE_READ' : 'RXD_STORE_WRITE', got: code },
      ...{ warnings: 0, lost: false, again: undefined },
    });
    expect(await newestState(folderStore(path))).toEqual(whole);
    for (const name of await fs.readdir(path)) await fs.rm(join(path, name));
  }
  figure(
    'R4',
    `${count} faults of the disk in training (full, broken), 0 checkpoints lost, ${count} resumed bit-equal`,
  );
}, 600_000);

it('temporaries that were left are removed, a new checkpoint is read back before an old one goes, two are kept', async () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  const left = Array.from({ length: 20 }, (_, i) => `.checkpoint-0000000${i % 10}.safetensors.${i}-0.${pid}.tmp`);
  for (const name of left) await fs.writeFile(join(path, name), 'half');
  const seen = { written: 0, removed: 0, unverified: 0, fewest: Number.POSITIVE_INFINITY };
  const folder = folderStore(path);
  let verified = true;
  const watched: Store = {
    ...folder,
    async write(name, bytes) {
      verified = false;
      seen.written++;
      await folder.write(name, bytes);
    },
    async read(name) {
      verified = true;
      return folder.read(name);
    },
    async remove(name) {
      seen.removed++;
      seen.unverified += verified ? 0 : 1;
      await folder.remove(name);
      seen.fewest = Math.min(seen.fewest, (await folder.list()).length);
    },
  };
  expect((await trained(watched)).error).toBeUndefined();
  expect(seen).toEqual({ written: train.steps, removed: train.steps - 2, unverified: 0, fewest: 2 });
  expect(await fs.readdir(path)).toHaveLength(2);
  figure(
    'R6',
    `${left.length} temporaries removed; ${seen.written} checkpoints written, ${seen.removed} removed, ` +
      `${seen.unverified} of them before the new one was read back, never fewer than ${seen.fewest} kept`,
  );
});
