import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { link, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadNewest } from '../../../src/core/storage/stored-runs.js';
import { folderStore } from '../../../src/plugins/stores/folder.js';
import { built, builtSource } from '../../built-source.js';
import { times } from '../../effort.js';
import { figure } from '../../figure.js';

const script = built('test/plugins/stores/saving.ts');
const locked = { code: 'RXD_STORE_LOCKED' };

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'rxd-shared-'));
});
afterEach(() => rm(path, { recursive: true }));

describe('a folder that two use', () => {
  it('whose lock is a second name of another file is refused, and the file stays as it was', async () => {
    await writeFile(join(path, 'letter.txt'), 'dear reader');
    await link(join(path, 'letter.txt'), join(path, '.lock'));
    await expect(folderStore(path).lock?.()).rejects.toMatchObject({ code: 'RXD_FILE_REFUSED' });
    expect(await readFile(join(path, 'letter.txt'), 'utf8')).toBe('dear reader');
  });

  it('another process reads whole checkpoints while one saves and removes them, cannot write, and can once that is killed', async () => {
    const child = spawn(process.execPath, [script, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await Promise.race([
        once(child.stdout, 'data'),
        once(child, 'exit').then(() => Promise.reject(new Error('the child ended before it saved'))),
      ]);
      const store = folderStore(path);
      const steps = new Set<number>();
      const reads = times(200, 5000);
      for (let read = 0; read < reads; read++) {
        const newest = await loadNewest(store);
        expect(newest).toMatchObject({ warnings: [], checkpoint: { run: 'mine' } });
        steps.add(newest?.checkpoint.step ?? 0);
      }
      await expect(store.lock?.()).rejects.toMatchObject({ ...locked, got: expect.stringContaining(`${child.pid}`) });
      figure('R4', `${reads} reads of ${steps.size} checkpoints while another process saved: 0 missing, 0 torn`);
      expect(steps.size).toBeGreaterThan(1);
    } finally {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    const release = await folderStore(path).lock?.();
    await release?.();
    expect((await readdir(path)).filter((name) => name.endsWith('lock'))).toEqual([]);
  });

  it('a second store of one thread, and a second thread, are refused until the first gives it back', async () => {
    const [one, other] = [folderStore(path), folderStore(path)];
    const release = await one.lock?.();
    await expect(other.lock?.()).rejects.toMatchObject(locked);
    const thread = new Worker(
      `import(${JSON.stringify(pathToFileURL(builtSource('plugins/stores/folder.ts')).href)}).then(async ({ folderStore }) => {
        const said = await folderStore(${JSON.stringify(path)}).lock().then(() => 'locked', (error) => error.code);
        require('node:worker_threads').parentPort.postMessage(said);
      });`,
      { eval: true },
    );
    expect(await once(thread, 'message')).toEqual(['RXD_STORE_LOCKED']);
    await thread.terminate();
    await release?.();
    await (
      await other.lock?.()
    )?.();
    expect(await readdir(path)).toEqual([]);
  });

  it('a lock file that leads elsewhere is not followed', async () => {
    const elsewhere = join(path, 'elsewhere');
    await writeFile(elsewhere, 'mine');
    await symlink(elsewhere, join(path, '.lock'));
    await expect(folderStore(path).lock?.()).rejects.toMatchObject({ code: 'RXD_STORE_WRITE' });
    expect(await folderStore(path).read('elsewhere')).toEqual(new TextEncoder().encode('mine'));
  });
});
