/** A folder-like place for checkpoints. `write` is atomic: after it resolves the new bytes are there, else the old. */
export interface Store {
  read(name: string): Promise<Uint8Array>;
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Names that are there, sorted. */
  list(): Promise<readonly string[]>;
  remove(name: string): Promise<void>;
}
