import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { folderStore } from '../../../src/plugins/stores/folder.js';
import { built } from '../../built-source.js';
import { times } from '../../effort.js';

const KILLS = times(5, 20);
const script = built('test/plugins/stores/overwriting.ts');

/** Kills a process while it overwrites an entry, some milliseconds after it began. */
async function killWhileWriting(path: string, delay: number): Promise<void> {
  const child = spawn(process.execPath, [script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('the child ended before it wrote'))),
  ]);
  await pause(delay);
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

describe('a folder store whose process is killed', () => {
  it('leaves the entry whole, old or new, at every moment', { timeout: 300_000 }, async () => {
    const path = await mkdtemp(join(tmpdir(), 'rxd-killed-'));
    for (let kill = 0; kill < KILLS; kill++) {
      await killWhileWriting(path, 5 + Math.random() * 55);
      const bytes = await folderStore(path).read('entry');
      expect(bytes.length).toBe(1_000_000);
      expect(bytes.every((byte) => byte === bytes[0])).toBe(true);
      expect(await folderStore(path).list()).toEqual(['entry']);
    }
    await folderStore(path).write('entry', Uint8Array.of(1));
    expect(await readdir(path)).toEqual(['entry']);
    await rm(path, { recursive: true });
  });
});
