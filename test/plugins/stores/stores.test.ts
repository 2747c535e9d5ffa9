import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folder, folderStore } from '../../../src/plugins/stores/folder.js';
import { memory, memoryStore } from '../../../src/plugins/stores/memory.js';
import { HOSTILE_NAMES, storeLaws } from './store-laws.js';
import { made } from '../../core/training/tiny-fit.js';

const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'rxd-store-'));

storeLaws('memory', async () => ({ store: memoryStore(), clean: async () => undefined }));

storeLaws('folder', async () => {
  const path = await temporaryFolder();
  return { store: folderStore(join(path, 'made', 'when needed')), clean: () => rm(path, { recursive: true }) };
});

describe('the plugins', () => {
  it('memory: each is a store of its own', async () => {
    const [one, other] = [made(memory), made(memory)];
    await one.write('entry', Uint8Array.of(1));
    expect(await other.list()).toEqual([]);
  });

  it('folder: needs a path and takes nothing else', async () => {
    expect(folder.config.safeParse({}).success).toBe(false);
    expect(folder.config.safeParse({ path: '' }).success).toBe(false);
    expect(folder.config.safeParse({ path: 'out', more: 1 }).success).toBe(false);
    const path = await temporaryFolder();
    await made(folder, { path }).write('entry', Uint8Array.of(7));
    expect([...(await readFile(join(path, 'entry')))]).toEqual([7]);
    await rm(path, { recursive: true });
  });
});

describe('a folder store and what lies around it', () => {
  it('touches nothing outside of its folder, whatever the name', async () => {
    const around = await temporaryFolder();
    await writeFile(join(around, 'outside'), 'mine');
    const store = folderStore(join(around, 'inside'));
    await store.write('entry', Uint8Array.of(1));
    for (const name of HOSTILE_NAMES) {
      await expect(store.write(name, Uint8Array.of(2))).rejects.toMatchObject({ code: 'RXD_STORE_WRITE' });
      await expect(store.remove(name)).rejects.toMatchObject({ code: 'RXD_STORE_WRITE' });
    }
    expect((await readdir(around)).toSorted()).toEqual(['inside', 'outside']);
    expect(await readFile(join(around, 'outside'), 'utf8')).toBe('mine');
    expect(await readdir(join(around, 'inside'))).toEqual(['entry']);
    await rm(around, { recursive: true });
  });

  it('lists files only, and makes no folder to read from', async () => {
    const path = await temporaryFolder();
    await mkdir(join(path, 'subfolder'));
    await writeFile(join(path, 'file'), '');
    await writeFile(join(path, '.hidden'), '');
    expect(await folderStore(path).list()).toEqual(['file']);
    expect(await folderStore(join(path, 'none')).list()).toEqual([]);
    expect(await readdir(path)).not.toContain('none');
    await rm(path, { recursive: true });
  });

  it('says what it could not do: list a file, write under a file, read or remove a folder', async () => {
    const path = await temporaryFolder();
    await writeFile(join(path, 'file'), '');
    await mkdir(join(path, 'subfolder'));
    const inFile = folderStore(join(path, 'file'));
    await expect(inFile.list()).rejects.toMatchObject({ code: 'RXD_STORE_READ' });
    await expect(inFile.write('entry', Uint8Array.of(1))).rejects.toMatchObject({ code: 'RXD_STORE_WRITE' });
    await expect(folderStore(path).read('subfolder')).rejects.toMatchObject({ code: 'RXD_STORE_READ', got: 'EISDIR' });
    await expect(folderStore(path).remove('subfolder')).rejects.toMatchObject({ code: 'RXD_STORE_WRITE' });
    await rm(path, { recursive: true });
  });
});
