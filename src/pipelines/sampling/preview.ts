import { filter, type OperatorFunction } from 'rxjs';
import type { SampleEvent } from '../../core/loop/sample-events.js';
import { invalid } from '../../core/sampling/sample-request.js';
import { pixels, type PixelsOf, type PlainSampleEvent } from './pixels.js';

/** How often and what to preview. */
export interface PreviewOptions {
  /** Every n-th step, and the last one. */
  readonly every: number;
  readonly of?: PixelsOf;
}

/** Plain pictures of a run as it goes: every n-th step. Skipped steps read nothing. */
export function preview({ every, of = 'denoised' }: PreviewOptions): OperatorFunction<SampleEvent, PlainSampleEvent> {
  checkEvery(every);
  return (events) =>
    events.pipe(
      filter((event) => isPreviewed(event, every)),
      pixels(of),
    );
}

/** Whether an event is an n-th step, or the last one. */
export function isPreviewed(event: SampleEvent, every: number): boolean {
  return event.kind === 'step' && ((event.index + 1) % every === 0 || event.index + 1 === event.count);
}

function checkEvery(every: number): void {
  if (Number.isSafeInteger(every) && every > 0) return;
  throw invalid('`every` is not a number of steps', String(every), 'a positive integer', 'say every: 1 for all steps');
}
