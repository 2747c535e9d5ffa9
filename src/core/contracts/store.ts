/** A folder-like place for checkpoints. `write` is atomic: after it resolves the new bytes are there, else the old. */
export interface Store {
  /** The bytes of an entry. Rejects with `RXD_STORE_READ` where there is none. */
  read(name: string): Promise<Uint8Array>;
  /** Replaces an entry, atomically. Rejects with `RXD_STORE_WRITE`; the old bytes are then still there. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /**
   * Opens an entry to read it in parts; whoever opens it closes it. What was opened stays as it is when the entry is
   * replaced. Rejects as `read` does. Where a store has no `open`, entries are read whole.
   */
  open?(name: string): Promise<ByteSource>;
  /**
   * As `write`, of bytes that come in parts: no more than a few of them need to be in memory. What the parts throw ends the
   * writing. Where a store has no `writeParts`, they are joined.
   */
  writeParts?(name: string, parts: AsyncIterable<Uint8Array>): Promise<void>;
  /** Names that are there, sorted. */
  list(): Promise<readonly string[]>;
  /** Removes an entry; one that is not there is no error. */
  remove(name: string): Promise<void>;
  /**
   * Takes the store for one run, so that no other run writes to it, of this process or another. Rejects with
   * `RXD_STORE_LOCKED` where one does. Reading needs no lock. A store that one process alone can see may do without.
   *
   * @returns gives the store back; called once
   */
  lock?(): Promise<() => Promise<void>>;
}

/** Bytes that can be read in parts: an entry of a store, a file, a `Blob`, a file on a server. */
export interface ByteSource {
  /** Number of bytes. */
  readonly size: number;
  /**
   * The `length` bytes from `offset` on; both lie within `size`.
   *
   * @param into - at least `length` bytes that may be filled and given back, instead of new ones
   */
  read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array>;
  /** Gives back what is held open. Idempotent. */
  close?(): Promise<void>;
}
