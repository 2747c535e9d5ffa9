import { DiffusionError } from '../errors/diffusion-error.js';

const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** A random identity for a new run: a UUID where the platform makes them (not on pages without TLS), else 128 random bits. */
export function newRunId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The identity that a request gives to its run, or a new one. Throws `RXD_REQUEST_INVALID` for what cannot be one. */
export function runIdOf(run: string | undefined): string {
  if (run === undefined) return newRunId();
  if (isRunId(run)) return run;
  throw new DiffusionError('RXD_REQUEST_INVALID', {
    problem: '`run` cannot be the identity of a run',
    got: typeof run === 'string' ? JSON.stringify(run) : typeof run,
    expected: 'at most 100 letters, digits, dots, dashes and underscores, starting with a letter or digit',
    fix: 'choose such a name, or leave `run` out: each run then gets a random one',
  });
}

/** Whether a value can be the identity of a run: it is part of file names. */
export function isRunId(run: unknown): run is string {
  return typeof run === 'string' && RUN_ID.test(run);
}
