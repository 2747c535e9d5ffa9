import type { Observable } from 'rxjs';

/** How a run ended, and what it emitted. */
export interface Outcome {
  readonly values: readonly string[];
  readonly errors: readonly unknown[];
  readonly completions: number;
}

/** The outcome of a run; a second error is counted too. */
export function outcomeOf(run: Observable<string>): Promise<Outcome> {
  const [values, errors]: [string[], unknown[]] = [[], []];
  return new Promise((resolve) => {
    run.subscribe({
      next: (value) => void values.push(value),
      error: (error: unknown) => {
        errors.push(error);
        // Later, so that a second error would be seen.
        setImmediate(resolve, { values, errors, completions: 0 });
      },
      complete: () => resolve({ values, errors, completions: 1 }),
    });
  });
}
