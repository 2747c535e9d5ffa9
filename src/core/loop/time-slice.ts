import { macrotask } from './macrotask.js';

/** The longest that all runs of a thread together keep the event loop to themselves, but for a step that takes longer. */
const SLICE_MS = 8;

/** When the slice is over; nothing where the event loop has had a turn since, and nobody began another. */
let end: number | undefined;
const waiting: (() => void)[] = [];

/**
 * Asked before each piece of work of a run. Where runs have kept the event loop for a slice, a promise to wait for: the event
 * loop has its turn first, then those that wait, in order, as far as the next slice reaches. `undefined` where the run may go
 * on at once.
 */
export function timeSlice(): Promise<void> | undefined {
  if (end === undefined) begin();
  else if (performance.now() >= end) return new Promise((resolve) => void waiting.push(resolve));
  return undefined;
}

function begin(): void {
  end = performance.now() + SLICE_MS;
  void macrotask().then(turned);
}

async function turned(): Promise<void> {
  end = undefined;
  if (waiting.length === 0) return;
  begin();
  // One after the other: what one does until it waits for something again counts for all.
  while (waiting.length > 0 && performance.now() < (end ?? 0)) {
    waiting.shift()?.();
    await Promise.resolve();
  }
}
