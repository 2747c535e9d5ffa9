/** One law as test runners take it: its name, and a check that rejects where it is broken. */
export interface Law {
  readonly law: string;
  /** Rejects with an error that says what is broken. */
  readonly check: () => Promise<void>;
}
