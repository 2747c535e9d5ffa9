/** Where an observer writes. */
export interface Sink {
  /** Takes text as it is, line ends and control characters included. */
  readonly write: (text: string) => void;
  /** Whether a line can be drawn again in place. */
  readonly isTTY: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const COLUMNS = 80;

/** The process's stream where there is a process, else the console, line by line. */
export function standardSink(name: 'stdout' | 'stderr'): Sink {
  const { process } = globalThis as { readonly process?: Readonly<Partial<Record<typeof name, Stream>>> };
  const stream = process?.[name];
  if (stream === undefined) return { write: logLine, isTTY: false, width: COLUMNS };
  return {
    write: (text) => {
      stream.write(text);
    },
    isTTY: stream.isTTY === true,
    width: stream.columns ?? COLUMNS,
  };
}

function logLine(text: string): void {
  // oxlint-disable-next-line no-console -- a browser has no other place for a line of text
  console.log(text.trimEnd());
}

/** The same function with its failures swallowed: what is written about a run must not end it. */
export function quiet<T>(write: (value: T) => void): (value: T) => void {
  return (value) => {
    try {
      write(value);
    } catch {
      // A closed pipe, a full disk under a log or a value that no text can hold is no reason to lose a run.
    }
  };
}

/** Milliseconds since some fixed moment, never going back. */
export function clock(): number {
  return performance.now();
}
