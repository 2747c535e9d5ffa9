import { Cancellation } from './cancellation.js';
import { Observable, type Subscriber } from 'rxjs';
import { timeSlice } from './time-slice.js';

/** A run in progress: it owns everything that lives from step to step. */
export interface Run<E> {
  /** Whether a step is left to be asked for. */
  readonly more: boolean;
  /** Emits what comes before the first step. */
  start(emit: (event: E) => void): void;
  /** Does the next step and emits it. May emit only after its work is safe in the run's own hands. */
  step(emit: (event: E) => void): void | Promise<void>;
  /** Emits what comes after the last step. */
  end(emit: (event: E) => void): void | Promise<void>;
  /** Frees everything. Called exactly once. */
  dispose(): void;
}

/** Opens a run. `cancelled` says whether nobody waits for it any more: then it may throw instead. */
export type Open<E> = (cancelled: () => boolean) => Run<E> | Promise<Run<E>>;

/**
 * The one loop of the house. Subscribing opens a run; unsubscribing stops it before the next step and frees
 * everything; each subscription is its own run. `dispose` is called once whatever ends the run: completion, an error
 * or an unsubscribe (then as soon as the step in flight has come back, or is given up as one that never will).
 */
export function runLoop<E>(open: Open<E>): Observable<E> {
  return new Observable<E>((subscriber) => {
    const cancellation = new Cancellation();
    void drive(open, subscriber, cancellation);
    return () => cancellation.cancel();
  });
}

async function drive<E>(open: Open<E>, subscriber: Subscriber<E>, cancellation: Cancellation): Promise<void> {
  let run: Run<E> | undefined;
  let failure: { readonly error: unknown } | undefined;
  try {
    const pause = timeSlice();
    if (pause !== undefined) await pause;
    run = subscriber.closed ? undefined : await open(() => subscriber.closed);
    if (run !== undefined && !subscriber.closed) await steps(run, subscriber, cancellation);
  } catch (error) {
    failure = { error };
  }
  try {
    run?.dispose();
  } catch (error) {
    failure ??= { error };
  }
  if (failure) subscriber.error(failure.error);
  else subscriber.complete();
}

async function steps<E>(run: Run<E>, subscriber: Subscriber<E>, cancellation: Cancellation): Promise<void> {
  const emit = (event: E): void => subscriber.next(event);
  run.start(emit);
  while (!subscriber.closed && run.more) {
    const pause = timeSlice();
    if (pause !== undefined) await pause;
    if (subscriber.closed) return;
    const pending = run.step(emit);
    if (pending !== undefined) await cancellation.race(pending);
  }
  if (!subscriber.closed) await run.end(emit);
}
