import { spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiffusionError } from '../../../src/core/errors/diffusion-error.js';
import { folderStore, type FileSystem } from '../../../src/plugins/stores/folder.js';

const old = new TextEncoder().encode('what was there before');
const fresh = new TextEncoder().encode('what comes now');

let path: string;
beforeEach(async () => {
  path = await fs.mkdtemp(join(tmpdir(), 'rxd-faults-'));
  await folderStore(path).write('entry', old);
});
afterEach(() => fs.rm(path, { recursive: true }));

const fault = (code: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${code}: injected by the test`), { code });

/** The real file system, but files that are opened for writing fail at one operation. */
function failingFile(operation: 'writeFile' | 'sync' | 'close', code: string): FileSystem {
  return {
    ...fs,
    open: async (...asked: Parameters<typeof fs.open>) => {
      const file = await fs.open(...asked);
      if (asked[1] === 'r') return file;
      const fails = async (): Promise<never> => {
        if (operation === 'writeFile') await file.write(fresh, 0, 5);
        if (operation === 'close') await file.close();
        throw fault(code);
      };
      return new Proxy(file, {
        get: (target, key) => {
          if (key === operation) return fails;
          const value: unknown = Reflect.get(target, key, target);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
    },
  };
}

/** The real file system, but one operation on paths always fails. */
const failing = (operation: 'rename' | 'open' | 'mkdir' | 'readdir', code: string): FileSystem => ({
  ...fs,
  [operation]: () => Promise.reject(fault(code)),
});

const FAULTS: readonly (readonly [what: string, system: FileSystem, code: string])[] = [
  ['the disk is full while bytes are written', failingFile('writeFile', 'ENOSPC'), 'ENOSPC'],
  ['the disk is full when bytes are flushed', failingFile('sync', 'ENOSPC'), 'ENOSPC'],
  ['the quota ends when the file is closed', failingFile('close', 'EDQUOT'), 'EDQUOT'],
  ['the new file cannot take the place of the old', failing('rename', 'EPERM'), 'EPERM'],
  ['no file can be opened', failing('open', 'EMFILE'), 'EMFILE'],
  ['the folder cannot be made', failing('mkdir', 'EROFS'), 'EROFS'],
  ['the folder cannot be listed', failing('readdir', 'EACCES'), 'EACCES'],
];

describe('a folder store on a file system that fails', () => {
  it.each(FAULTS)('%s: a typed error, the old bytes, no temporary', async (_, system, code) => {
    const error: unknown = await folderStore(path, system)
      .write('entry', fresh)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DiffusionError);
    expect(error).toMatchObject({ code: 'RXD_STORE_WRITE', got: code, cause: { code } });
    expect((error as DiffusionError).problem).toContain('entry');
    expect(await folderStore(path).read('entry')).toEqual(old);
    expect(await fs.readdir(path)).toEqual(['entry']);
  });

  it('says what to do when the disk is full', async () => {
    const full = folderStore(path, failingFile('writeFile', 'ENOSPC'));
    await expect(full.write('entry', fresh)).rejects.toThrow(/fix: free some space; what was written before/);
  });

  it('writes again once the fault is gone, in the same store', async () => {
    let broken = true;
    const flaky: FileSystem = {
      ...fs,
      mkdir: ((...asked: Parameters<typeof fs.mkdir>) =>
        broken ? Promise.reject(fault('EIO')) : fs.mkdir(...asked)) as typeof fs.mkdir,
    };
    const store = folderStore(path, flaky);
    await expect(store.write('entry', fresh)).rejects.toThrow(/RXD_STORE_WRITE/);
    broken = false;
    await store.write('entry', fresh);
    expect(await store.read('entry')).toEqual(fresh);
  });

  it('flushes the file before it takes the old one’s place, and the folder after', async () => {
    const calls: string[] = [];
    const watched: FileSystem = {
      ...fs,
      rename: (from, to) => {
        calls.push('rename');
        return fs.rename(from, to);
      },
      open: async (...asked: Parameters<typeof fs.open>) => {
        const file = await fs.open(...asked);
        const what = asked[1] === 'r' ? 'folder' : 'file';
        const sync = file.sync.bind(file);
        file.sync = () => {
          calls.push(`sync ${what}`);
          return sync();
        };
        return file;
      },
    };
    await folderStore(path, watched).write('entry', fresh);
    const folder = process.platform === 'win32' ? [] : ['sync folder'];
    expect(calls).toEqual(['sync file', 'rename', ...folder]);
  });
});

describe('temporaries that a killed process left', () => {
  const dead = spawnSync(process.execPath, ['--version']).pid;

  it('are removed at the first write; those of living processes and other files stay', async () => {
    const alive = `.entry.0.${process.ppid}.tmp`;
    const others = [alive, '.entry.tmp', '.other', 'entry.0.1.tmp'];
    for (const name of [...others, `.entry.0.${dead}.tmp`, `.entry.0.${process.pid}.tmp`])
      await fs.writeFile(join(path, name), 'half');
    await folderStore(path).write('entry', fresh);
    expect((await fs.readdir(path)).toSorted()).toEqual([...others, 'entry'].toSorted());
  });

  it('are no entries', async () => {
    await fs.writeFile(join(path, `.entry.0.${dead}.tmp`), 'half');
    expect(await folderStore(path).list()).toEqual(['entry']);
  });

  it('are not confused with what another store of this process writes at that moment', async () => {
    const moments = new EventEmitter();
    const written = once(moments, 'written');
    const slow: FileSystem = {
      ...fs,
      rename: async (from, to) => {
        const goOn = once(moments, 'go on');
        moments.emit('written');
        await goOn;
        return fs.rename(from, to);
      },
    };
    const writing = folderStore(path, slow).write('entry', fresh);
    await written;
    await folderStore(path).write('other', old);
    moments.emit('go on');
    await writing;
    expect(await folderStore(path).read('entry')).toEqual(fresh);
  });
});
