import { NEVER } from 'rxjs';
import type { Output } from '../../src/cli/output.js';
import { runProgram } from '../../src/cli/program.js';

/** What a call of the command line gave. */
export interface Called {
  readonly status: number;
  /** Lines of results. */
  readonly lines: readonly string[];
  /** Progress and errors. */
  readonly said: string;
}

/** Calls the command line in this process. */
export async function call(...words: readonly string[]): Promise<Called> {
  const [lines, said]: [string[], string[]] = [[], []];
  const output: Output = {
    line: (text) => void lines.push(text),
    status: (text) => void said.push(text),
    closed$: NEVER,
  };
  const status = await runProgram(words, output);
  return { status, lines, said: said.join('') };
}
