import { Subject, type Observable } from 'rxjs';

/** Where the command line writes, so that tests can read it. */
export interface Output {
  /** Results: one call a line. */
  line(text: string): void;
  /** Progress and warnings. */
  status(text: string): void;
  /** Whether what `status` writes can be drawn again in place. */
  readonly isTerminal?: boolean;
  /** Emits when nobody reads the results any more, as in `rxdiffusion … | head`. */
  readonly closed$: Observable<void>;
}

/** The process's own streams: results to stdout, progress to stderr. */
export function processOutput(): Output {
  const closed$ = new Subject<void>();
  // Without a listener the first write to a closed pipe would end the process with a stack, before the last checkpoint.
  process.stdout.on('error', () => closed$.next());
  process.stderr.on('error', () => undefined);
  return {
    line: (text) => void process.stdout.write(`${text}\n`),
    status: (text) => void process.stderr.write(text),
    isTerminal: process.stderr.isTTY,
    closed$,
  };
}
