/** A folder-like place for checkpoints. `write` is atomic: after it resolves the new bytes are there, else the old. */
export interface Store {
  /** The bytes of an entry. Rejects with `RXD_STORE_READ` where there is none. */
  read(name: string): Promise<Uint8Array>;
  /** Replaces an entry, atomically. Rejects with `RXD_STORE_WRITE`; the old bytes are then still there. */
  write(name: string, bytes: Uint8Array): Promise<void>;
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
