import { z } from 'zod';
import type { Store } from '../../core/contracts/store.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { inParts } from '../../core/storage/in-parts.js';
import { checkEntryName } from './entry-name.js';

/**
 * Keeps entries in memory, for as long as the pipeline lives; nothing is written.
 * Source: this package.
 * When: tests, browsers and runs that need no files.
 */
export const memory = definePlugin({
  role: Roles.store,
  name: 'memory',
  summary: 'Keeps entries in memory.',
  reference: 'This package',
  tags: { runs: 'everywhere', when: 'tests, browsers and runs that need no files' },
  config: z.strictObject({}),
  create: () => memoryStore(),
});

/** A store in memory. Entries are copied in and out. */
export function memoryStore(): Store {
  const entries = new Map<string, Uint8Array>();
  const found = (name: string): Uint8Array => {
    checkEntryName(name, 'RXD_STORE_READ');
    const bytes = entries.get(name);
    if (bytes) return bytes;
    throw new DiffusionError('RXD_STORE_READ', {
      problem: `the store has no '${name}'`,
      got: name,
      expected: `one of ${[...entries.keys()].join(', ') || 'no entries'}`,
      fix: 'read a name that `list` gives',
    });
  };
  const whole: Store = {
    read: async (name) => found(name).slice(),
    async write(name, bytes) {
      checkEntryName(name, 'RXD_STORE_WRITE');
      entries.set(name, bytes.slice());
    },
    list: async () => [...entries.keys()].toSorted(),
    async remove(name) {
      checkEntryName(name, 'RXD_STORE_WRITE');
      entries.delete(name);
    },
  };
  return inParts(whole, {
    async open(name) {
      const bytes = found(name);
      return { size: bytes.length, read: async (offset, length) => bytes.slice(offset, offset + length) };
    },
  });
}
