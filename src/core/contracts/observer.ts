import type { SampleEvent } from '../loop/sample-events.js';
import type { TrainEvent } from '../loop/train-events.js';

/** What taps see. */
export type RunEvent = SampleEvent | TrainEvent;

/**
 * A tap on a run: a progress bar, a log, a user interface. It cannot disturb the run: if it throws it is detached and
 * the error reported as `RXD_TAP_FAILED` by the run's `onTapError`.
 */
export interface Observer {
  /** Called for each event; lent tensors are read before it returns. */
  next(event: RunEvent): void;
  /**
   * Called when the run has ended well.
   *
   * @param run - its identity, as in its events
   */
  complete?(run?: string): void;
  /**
   * Called when the run has failed.
   *
   * @param run - its identity, as in its events; absent where it failed before it had one
   */
  error?(error: unknown, run?: string): void;
}
