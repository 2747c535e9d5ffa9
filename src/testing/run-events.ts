import { lastValueFrom, of, toArray, type Observable } from 'rxjs';
import type { SampleEvent } from '../core/loop/sample-events.js';
import type { samplingParts } from '../pipelines/sample-function.js';
import { pixels } from '../pipelines/sampling/pixels.js';
import { reverse } from '../pipelines/sampling/reverse.js';
import type { SampleRequest } from '../core/sampling/sample-request.js';
import { startingNoise } from '../pipelines/sampling/starting-noise.js';

/** The parts of a run, as `samplingParts` gives them. */
export type RunParts = ReturnType<typeof samplingParts>;

/** The events of one run. */
export function eventsOf(parts: RunParts, request: SampleRequest): Observable<SampleEvent> {
  return of(request).pipe(startingNoise(parts), reverse(parts));
}

/** Every x of a run as bits, event by event. */
export async function bitsOf(events: Observable<SampleEvent>): Promise<readonly string[]> {
  const all = await lastValueFrom(events.pipe(pixels('x'), toArray()));
  return all.map(({ images }) => new Uint32Array(images.data.slice().buffer).join());
}
