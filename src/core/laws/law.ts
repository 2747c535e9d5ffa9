/** One law as test runners take it: its name, and a check that rejects where it is broken. */
export interface Law {
  readonly law: string;
  readonly check: () => Promise<void>;
}
