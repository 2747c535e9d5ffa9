import { concatMap, type Observable, type OperatorFunction } from 'rxjs';
import { runLoop } from '../../core/loop/run-loop.js';
import type { SampleEvent } from '../../core/loop/sample-events.js';
import { guardedParts } from '../../core/assembly/guarded.js';
import type { ReverseParts } from '../../core/sampling/reverse-parts.js';
import { openReverseRun } from '../../core/sampling/run/open-reverse-run.js';
import type { StartingPoint } from '../../core/sampling/start/starting-point.js';

/**
 * Runs the reverse process of each starting point, one after the other, and emits its events. Tensors of events are
 * lent: read them inside `next` (see `docs/ownership.md`). Unsubscribing cancels before the next network call.
 *
 * @example
 * of({ steps: 50, count: 4 }).pipe(startingNoise(parts), reverse(parts), results())
 */
export function reverse(parts: ReverseParts): OperatorFunction<StartingPoint, SampleEvent> {
  return concatMap((start) => reverseRun(parts, start));
}

/** The events of one reverse process. */
export function reverseRun(given: ReverseParts, start: StartingPoint): Observable<SampleEvent> {
  return runLoop(async (cancelled) => {
    const parts = guardedParts(given);
    await parts.engine.start();
    return openReverseRun(parts, start, cancelled);
  });
}
