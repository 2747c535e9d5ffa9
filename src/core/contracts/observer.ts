import type { SampleEvent } from '../loop/sample-events.js';
import type { TrainEvent } from '../loop/train-events.js';

/** What taps see. */
export type RunEvent = SampleEvent | TrainEvent;

/**
 * A tap on a run: a progress bar, a log, a user interface. It cannot disturb the run: if it throws it is detached and
 * the error reported as `RXD_TAP_FAILED` by the run's `onTapError`.
 */
export interface Observer {
  next(event: RunEvent): void;
  complete?(): void;
  error?(error: unknown): void;
}
