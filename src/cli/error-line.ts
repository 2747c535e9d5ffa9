import { CommanderError } from 'commander';
import { DiffusionError } from '../index.js';

/** An error of the command line for people; a stack only where it was not expected. */
export function errorText(error: unknown): string {
  if (error instanceof DiffusionError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The same for machines, on one line: `{"kind":"error","code":…,"message":…}` and what a `DiffusionError` tells beside. */
export function errorJson(error: unknown): string {
  if (error instanceof DiffusionError) {
    const { code, message, problem, got, expected, fix, plugin, step } = error;
    return JSON.stringify({ kind: 'error', code, message, problem, got, expected, fix, plugin, step });
  }
  if (error instanceof CommanderError)
    return JSON.stringify({ kind: 'error', code: 'usage', message: error.message.replace(/^error: /, '') });
  const message = error instanceof Error ? error.message : String(error);
  return JSON.stringify({ kind: 'error', code: 'unexpected', message });
}
