import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/core/contracts/store.js';

/** A store to try, empty, and what gives it back. */
export interface StoreCase {
  readonly store: Store;
  readonly clean: () => Promise<void>;
}

/** Names that would leave a folder, hide in it, or be something else than a plain file. */
export const HOSTILE_NAMES = [
  '',
  '.',
  '..',
  '../outside',
  'a/b',
  'a\\b',
  '/etc/passwd',
  'C:\\windows',
  '.hidden',
  '-rf',
  'a b',
  'a\n',
  'a\0b',
  'a:b',
  'ä',
  '__proto__',
  '%2e%2e',
  'x'.repeat(201),
];

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Parts that fail where there is none. */
async function* partsOf(...parts: readonly (string | undefined)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part === undefined) throw new Error('no more');
    yield bytesOf(part);
  }
}

/** What every store of ours keeps, whatever it stores in. */
export function storeLaws(name: string, make: () => Promise<StoreCase>): void {
  describe(`a ${name} store`, () => {
    let store: Store;
    let clean: () => Promise<void>;
    beforeEach(async () => {
      ({ store, clean } = await make());
    });
    afterEach(() => clean());

    it('is empty at first', async () => {
      expect(await store.list()).toEqual([]);
    });

    it('reads what was written last, byte for byte', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.uint8Array({ maxLength: 300 }),
          fc.uint8Array({ maxLength: 300 }),
          async (first, second) => {
            await store.write('entry', first);
            expect(await store.read('entry')).toEqual(first);
            await store.write('entry', second);
            expect(await store.read('entry')).toEqual(second);
          },
        ),
        { numRuns: 20 },
      );
    });

    it('copies bytes in and out: what a caller does to them later does not matter', async () => {
      const given = bytesOf('abc');
      await store.write('entry', given);
      given.fill(0);
      const read = await store.read('entry');
      expect(read).toEqual(bytesOf('abc'));
      read.fill(0);
      expect(await store.read('entry')).toEqual(bytesOf('abc'));
    });

    it('writes the part of a buffer that it was given, and no more', async () => {
      await store.write('entry', bytesOf('abcdef').subarray(2, 4));
      expect(await store.read('entry')).toEqual(bytesOf('cd'));
    });

    it('lists names sorted, without those removed', async () => {
      for (const entry of ['b', 'a10', 'a9', 'B', 'c.bin', 'x'.repeat(200)]) await store.write(entry, bytesOf(entry));
      await store.remove('b');
      expect(await store.list()).toEqual(['B', 'a10', 'a9', 'c.bin', 'x'.repeat(200)]);
    });

    it('says RXD_STORE_READ for an entry that is not there, naming it', async () => {
      await store.write('there', bytesOf('1'));
      await store.remove('there');
      for (const missing of ['there', 'never', 'constructor'])
        await expect(store.read(missing)).rejects.toMatchObject({
          code: 'RXD_STORE_READ',
          problem: expect.stringContaining(missing),
        });
    });

    it('removes what is not there without an error', async () => {
      await store.remove('never');
      expect(await store.list()).toEqual([]);
    });

    it.each(HOSTILE_NAMES)('refuses the name %j before anything is touched', async (hostile) => {
      await expect(store.write(hostile, bytesOf('x'))).rejects.toMatchObject({ code: 'RXD_STORE_WRITE' });
      await expect(store.read(hostile)).rejects.toMatchObject({ code: 'RXD_STORE_READ' });
      await expect(store.remove(hostile)).rejects.toMatchObject({ code: 'RXD_STORE_WRITE' });
      expect(await store.list()).toEqual([]);
    });

    it('keeps one of two writes to one name whole when both run at once', async () => {
      const contents = ['a', 'b', 'c'].map((letter) => bytesOf(letter.repeat(100_000)));
      await Promise.all(contents.map((bytes) => store.write('entry', bytes)));
      const read = await store.read('entry');
      expect(contents.some((bytes) => Buffer.from(bytes).equals(read))).toBe(true);
      expect(await store.list()).toEqual(['entry']);
    });

    it('gives parts of an entry, which stays as it was opened when it is replaced', async () => {
      await store.write('entry', bytesOf('abcdef'));
      const source = await store.open?.('entry');
      await store.write('entry', bytesOf('other'));
      expect(source?.size).toBe(6);
      expect(await source?.read(2, 3)).toEqual(bytesOf('cde'));
      expect(await source?.read(0, 6)).toEqual(bytesOf('abcdef'));
      expect(await source?.read(6, 0)).toEqual(bytesOf(''));
      await source?.close?.();
      await expect(store.open?.('never')).rejects.toMatchObject({ code: 'RXD_STORE_READ' });
      await expect(store.open?.('../outside')).rejects.toMatchObject({ code: 'RXD_STORE_READ' });
    });

    it('writes parts as one entry, or leaves the old one where they fail', async () => {
      await store.writeParts?.('entry', partsOf('ab', 'cd', '', 'e'));
      expect(await store.read('entry')).toEqual(bytesOf('abcde'));
      await expect(store.writeParts?.('entry', partsOf('xy', undefined))).rejects.toThrow('no more');
      expect(await store.read('entry')).toEqual(bytesOf('abcde'));
      expect(await store.list()).toEqual(['entry']);
      await expect(store.writeParts?.('../outside', partsOf('a'))).rejects.toMatchObject({ code: 'RXD_STORE_WRITE' });
    });

    it('keeps entries that are written at once apart', async () => {
      const names = Array.from({ length: 12 }, (_, i) => `entry-${i}`);
      await Promise.all(names.map((entry) => store.write(entry, bytesOf(entry))));
      const read = await Promise.all(names.map((entry) => store.read(entry)));
      expect(read).toEqual(names.map(bytesOf));
    });
  });
}
