import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { builtSource } from '../built-source.js';

/** What a process of the command line left. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as a shell does: a process of its own, in a folder. */
export async function runProcess(
  cwd: string,
  words: readonly string[],
  meanwhile: (child: ChildProcess) => void = () => undefined,
): Promise<Ended> {
  const main = builtSource('cli/main.ts');
  const child = spawn(process.execPath, [main, ...words], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  meanwhile(child);
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, stdout, stderr };
}

/** The same with a reader that goes away after the first results. */
export async function runUnread(cwd: string, words: readonly string[]): Promise<Omit<Ended, 'stdout'>> {
  const child = spawn(process.execPath, [builtSource('cli/main.ts'), ...words], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const [stderr, [status]] = await Promise.all([text(child.stderr), ended]);
  return { status, stderr };
}
