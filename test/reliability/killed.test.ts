import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { diffusion } from '../../src/pipelines/diffusion.js';
import { nodePlugins } from '../../src/pipelines/presets/node-plugins.js';
import { folderStore } from '../../src/plugins/stores/folder.js';
import { memoryStore } from '../../src/plugins/stores/memory.js';
import { definePlugin } from '../../src/core/assembly/define-plugin.js';
import { Roles } from '../../src/core/assembly/roles.js';
import { z } from 'zod';
import { builtSource } from '../built-source.js';
import { times } from '../effort.js';
import { figure } from '../figure.js';
import { newestState, trainingRecipe } from './training-recipe.js';

const PROGRAM = fileURLToPath(new URL('training-program.mjs', import.meta.url));
const KILLS = times(4, 200);
/** One run is killed so often before it is let go on to its end. */
const KILLS_OF_A_RUN = 2;
/** About as long as the updates of a run take. */
const LONGEST_MS = 400;
const train = { steps: 60, checkpointEvery: 1 };

/** Starts or resumes a run in a folder and kills it some time after its training began; the newest step that it said is safe. */
async function killed(path: string, delay: number): Promise<number> {
  const recipe = JSON.stringify(trainingRecipe({ name: 'folder', config: { path } }, train));
  const child = spawn(process.execPath, [PROGRAM, builtSource('node.ts'), builtSource('index.ts'), recipe], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => (said += String(chunk)));
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  await pause(delay);
  child.kill('SIGKILL');
  await closed;
  expect(said).toMatch(/^start \d+\n/);
  return Math.max(0, ...[...said.matchAll(/^checkpoint (\d+)\n/gm)].map(([, step]) => Number(step)));
}

async function completed(path: string): Promise<void> {
  const recipe = trainingRecipe({ name: 'folder', config: { path } }, { ...train, checkpointEvery: 0 });
  await using pipeline = await diffusion(recipe, { plugins: nodePlugins });
  using result = await pipeline.train({ run: 'killed', resume: true });
  expect(result.step).toBe(train.steps);
}

async function uninterrupted(): Promise<string> {
  const store = memoryStore();
  const kept = definePlugin({ role: Roles.store, name: 'kept', config: z.strictObject({}), create: () => store });
  await using pipeline = await diffusion(trainingRecipe('kept', { ...train, checkpointEvery: 0 }), {
    plugins: [...nodePlugins, kept],
  });
  (await pipeline.train()).dispose();
  return (await newestState(store)).sha256;
}

it('a process that is killed while it trains leaves what it said is safe, and resumes to the same bytes', async () => {
  const counts = { kills: 0, inMidRun: 0, unreadable: 0, lost: 0, runs: 0, equal: 0 };
  const whole = await uninterrupted();

  const oneRun = async (kills: number): Promise<void> => {
    const path = await mkdtemp(join(tmpdir(), 'rxd-killed-run-'));
    for (let kill = 0; kill < kills; kill++) {
      const safe = await killed(path, Math.random() * LONGEST_MS);
      const { step, warnings } = await newestState(folderStore(path));
      counts.kills++;
      counts.inMidRun += step < train.steps ? 1 : 0;
      counts.unreadable += warnings;
      counts.lost += step < safe ? 1 : 0;
    }
    await completed(path);
    counts.runs++;
    // Read first: `+=` over an await takes the count of before it, and two runs at once would lose one.
    const { sha256 } = await newestState(folderStore(path));
    counts.equal += sha256 === whole ? 1 : 0;
    expect((await readdir(path)).filter((name) => !/^checkpoint-\d{8}\.safetensors$/.test(name))).toEqual([]);
    await rm(path, { recursive: true });
  };

  for (let left = KILLS; left > 0; left -= 2 * KILLS_OF_A_RUN)
    await Promise.all([
      oneRun(Math.min(KILLS_OF_A_RUN, left)),
      oneRun(Math.max(0, Math.min(KILLS_OF_A_RUN, left - KILLS_OF_A_RUN))),
    ]);
  figure(
    'R4',
    `${counts.kills} kills in training, ${counts.inMidRun} before its end: ${counts.unreadable} unreadable, ${counts.lost} lost; ` +
      `${counts.equal} of ${counts.runs} resumed runs bit-equal to one without interruption`,
  );
  expect(counts).toMatchObject({ unreadable: 0, lost: 0, equal: counts.runs });
  expect(counts.inMidRun).toBeGreaterThan(counts.kills / 3);
}, 1_200_000);
