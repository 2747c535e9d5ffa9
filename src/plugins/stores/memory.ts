import { z } from 'zod';
import type { Store } from '../../core/contracts/store.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { definePlugin } from '../../core/plugins/define-plugin.js';
import { Roles } from '../../core/plugins/roles.js';

/** Keeps entries in memory: for tests, browsers and runs that need no files. */
export const memory = definePlugin({
  role: Roles.store,
  name: 'memory',
  config: z.strictObject({}),
  create: () => memoryStore(),
});

/** A store in memory. Entries are copied in and out. */
export function memoryStore(): Store {
  const entries = new Map<string, Uint8Array>();
  return {
    read(name) {
      const bytes = entries.get(name);
      if (bytes) return Promise.resolve(bytes.slice());
      return Promise.reject(
        new DiffusionError('RXD_STORE_READ', {
          problem: `the store has no '${name}'`,
          got: name,
          expected: `one of ${[...entries.keys()].join(', ') || 'no entries'}`,
          fix: 'read a name that `list` gives',
        }),
      );
    },
    write(name, bytes) {
      entries.set(name, bytes.slice());
      return Promise.resolve();
    },
    list: () => Promise.resolve([...entries.keys()].toSorted()),
    remove(name) {
      entries.delete(name);
      return Promise.resolve();
    },
  };
}
