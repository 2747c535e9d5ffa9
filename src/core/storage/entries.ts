import type { ByteSource, Store } from '../contracts/store.js';
import { bytesSource } from './byte-sources.js';
import { joinedParts, type FileInParts } from './write-tensors.js';

/** Opens an entry; one of a store that reads entries whole is in memory then. */
export async function openEntry(store: Store, name: string): Promise<ByteSource> {
  return store.open ? store.open(name) : bytesSource(await store.read(name));
}

/** Writes an entry as it is made; for a store that writes entries whole it is joined first. */
export async function writeEntry(store: Store, name: string, file: FileInParts): Promise<void> {
  if (store.writeParts) await store.writeParts(name, file.parts);
  else await store.write(name, await joinedParts(file));
}
