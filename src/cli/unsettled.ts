import { DiffusionError } from '../index.js';

/** Who waits, work within work last: it knows more. */
const waiting: (() => void)[] = [];
const endLast = (): void => waiting.at(-1)?.();

/**
 * The work's result; rejects where Node has nothing left to do that could settle it. Node itself would end the process then,
 * and say nothing.
 *
 * @param late - what is thrown then
 */
export async function settled<T>(work: () => Promise<T>, late: () => DiffusionError): Promise<T> {
  let end = (): void => undefined;
  const stuck = new Promise<never>((_, reject) => (end = () => reject(late())));
  if (waiting.push(end) === 1) process.on('beforeExit', endLast);
  try {
    return await Promise.race([work(), stuck]);
  } finally {
    waiting.splice(waiting.indexOf(end), 1);
    if (waiting.length === 0) process.off('beforeExit', endLast);
  }
}

/** Said where nothing more is known. */
export function neverSettles(): DiffusionError {
  return new DiffusionError('RXD_PLUGIN_TIMEOUT', {
    problem: 'the command waits for a promise that nothing can settle any more',
    got: 'a process with nothing left to do',
    expected: 'plugins whose promises settle',
    fix: 'look for a hook of a plugin that never resolves; `hookTimeout` of `diffusion` names it',
  });
}
