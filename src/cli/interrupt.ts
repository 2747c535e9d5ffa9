import { constants } from 'node:os';
import { fromEvent, map, merge, take, tap, type Observable } from 'rxjs';
import type { Output } from './output.js';

/** Ctrl-C, a polite end from outside, and a terminal that was closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a shell would send where nobody reads the results any more; Node reports it as an error of stdout instead. */
const UNREAD = 'SIGPIPE' as const;

/**
 * The first signal that asks the process to end, once; `SIGPIPE` where nobody reads its results any more. While someone
 * listens the process does not die of it; when nobody listens any more, a second one ends the process as usual.
 *
 * @param says - what is printed then
 */
export function interrupts(output: Output, says: string): Observable<NodeJS.Signals> {
  const asked$ = SIGNALS.map((signal) => fromEvent(process, signal).pipe(map(() => signal)));
  const unread$ = output.closed$.pipe(map(() => UNREAD));
  return merge(merge(...asked$).pipe(tap(() => output.status(`\n${says}\n`))), unread$).pipe(take(1));
}

/** The exit status of a process that a signal ended, as shells say it: 130 after Ctrl-C, 141 where nobody read; 1 where it was no signal. */
export function statusAfter(signal: unknown): number {
  const known = [...SIGNALS, UNREAD].find((one) => one === signal);
  return known === undefined ? 1 : 128 + constants.signals[known];
}
