import { Observable, type MonoTypeOperatorFunction } from 'rxjs';
import type { Observer, RunEvent } from '../core/contracts/observer.js';
import { DiffusionError } from '../core/errors/diffusion-error.js';
import { identityOf } from '../core/assembly/plugin-identity.js';
import { messageOf } from '../core/errors/format-value.js';
import { isPromise } from '../core/assembly/promises.js';

/** Told once of each tap that threw; the run goes on without it. */
export type OnTapError = (error: DiffusionError) => void;

/** Reports as a process warning where nothing else was asked for. */
const warn: OnTapError = (error) => console.warn(error.message);

/**
 * Lets observers watch a run. They cannot disturb it: one that throws is detached and reported (`RXD_TAP_FAILED`), and
 * the events, the results and the other observers stay as they were.
 *
 * @param run - identity of the run where it is known before the first event, for what fails before it
 */
export function observe<E extends RunEvent>(
  observers: readonly Observer[],
  onTapError?: OnTapError,
  run?: string,
): MonoTypeOperatorFunction<E> {
  return observeBy((event) => event, observers, onTapError, run);
}

/** As `observe`, for values that carry an event; `known` is its `run`. */
export function observeBy<T>(
  eventOf: (value: T) => RunEvent,
  observers: readonly Observer[],
  onTapError: OnTapError = warn,
  known?: string,
): MonoTypeOperatorFunction<T> {
  return (values) =>
    new Observable<T>((subscriber) => {
      const taps = new Set(observers);
      let run = known;
      const detach = (tap: Observer, cause: unknown): void => {
        if (taps.delete(tap)) report(onTapError, tapFailed(tap, cause));
      };
      // An `async next` fits the contract's type: what it rejects with must not end the process.
      const tell = (call: (tap: Observer) => unknown): void => {
        for (const tap of taps) {
          try {
            const answer = call(tap);
            if (isPromise(answer)) Promise.resolve(answer).catch((cause: unknown) => detach(tap, cause));
          } catch (cause) {
            detach(tap, cause);
          }
        }
      };
      return values.subscribe({
        next: (value) => {
          const event = eventOf(value);
          run = event.run;
          tell((tap) => tap.next(event));
          subscriber.next(value);
        },
        error: (error: unknown) => {
          tell((tap) => tap.error?.(error, run));
          subscriber.error(error);
        },
        complete: () => {
          tell((tap) => tap.complete?.(run));
          subscriber.complete();
        },
      });
    });
}

/** Tells of a tap that failed. A report that fails itself, now or later, disturbs the run as little as the tap does. */
function report(onTapError: OnTapError, error: DiffusionError): void {
  const broken = (cause: unknown): void => warn(reportFailed(error, cause));
  try {
    const answer: unknown = onTapError(error);
    if (isPromise(answer)) Promise.resolve(answer).catch(broken);
  } catch (cause) {
    broken(cause);
  }
}

function reportFailed({ plugin }: DiffusionError, cause: unknown): DiffusionError {
  return new DiffusionError('RXD_TAP_FAILED', {
    problem: `\`onTapError\` threw while it was told of an observer that threw: ${messageOf(cause)}`,
    fix: 'catch errors inside `onTapError`; the run itself is not affected',
    ...(plugin === undefined ? {} : { plugin }),
    cause,
  });
}

function tapFailed(tap: Observer, cause: unknown): DiffusionError {
  return new DiffusionError('RXD_TAP_FAILED', {
    problem: `the observer threw and was detached: ${messageOf(cause)}`,
    fix: 'catch errors inside the observer; the run itself is not affected',
    plugin: identityOf(tap, 'observer'),
    cause,
  });
}
