import { DiffusionError } from '../../../core/errors/diffusion-error.js';

/** What is wrong in a scheduler's config. */
export interface SchedulerFault {
  readonly problem: string;
  readonly got: string;
  readonly expected: string;
  readonly fix: string;
}

/** Refuses a scheduler's config: throws `RXD_SCHEDULER_CONFIG`. */
export function refuseScheduler(fault: SchedulerFault): never {
  throw new DiffusionError('RXD_SCHEDULER_CONFIG', { ...fault });
}

/** A value for a message, in the words of JSON. */
export function said(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
}
