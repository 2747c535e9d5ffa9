/** Where the command line writes, so that tests can read it. */
export interface Output {
  /** Results: one call a line. */
  line(text: string): void;
  /** Progress and warnings. */
  status(text: string): void;
}

/** The process's own streams: results to stdout, progress to stderr. */
export const processOutput: Output = {
  line: (text) => void process.stdout.write(`${text}\n`),
  status: (text) => void process.stderr.write(text),
};
