import { macrotask } from './macrotask.js';

/** The longest that a run keeps the event loop to itself between two steps. */
const SLICE_MS = 8;

/** Gives the event loop a turn whenever a run has kept it for a slice. */
export class TimeSlice {
  #end = performance.now() + SLICE_MS;

  /** A promise to wait for where the slice is over; `undefined` where the run may go on at once. */
  pause(): Promise<void> | undefined {
    return performance.now() < this.#end ? undefined : this.#next();
  }

  async #next(): Promise<void> {
    await macrotask();
    this.#end = performance.now() + SLICE_MS;
  }
}
