import type { Store } from '../contracts/store.js';
import { bytesSource } from './byte-sources.js';

/**
 * A store that reads, and may write, in parts too. Nothing passes a `read` or `write` of somebody else by: a store that
 * spreads this one has only those, as the two methods are not enumerable, and where they were replaced in this one, they
 * are asked.
 */
export function inParts(
  whole: Store,
  { open, writeParts }: Required<Pick<Store, 'open'>> & Pick<Store, 'writeParts'>,
): Store {
  const store: Store = { ...whole };
  const openOwn: Store['open'] = async (name) =>
    store.read === whole.read ? open(name) : bytesSource(await store.read(name));
  const writeOwn: Store['writeParts'] = async (name, parts) =>
    writeParts && store.write === whole.write ? writeParts(name, parts) : store.write(name, await joined(parts));
  return Object.defineProperties(store, { open: { value: openOwn }, writeParts: { value: writeOwn } });
}

async function joined(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part.slice());
  const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of all) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
