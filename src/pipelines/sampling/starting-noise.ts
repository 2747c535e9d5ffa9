import { concatMap, Observable, of, type OperatorFunction, type Subscriber } from 'rxjs';
import { guardedParts } from '../../core/assembly/guarded.js';
import { invalid, type SampleRequest } from '../../core/sampling/sample-request.js';
import { encodeStart } from '../../core/sampling/start/encode-start.js';
import type { EncodeStartParts } from '../../core/sampling/start/image-encoder.js';
import { warnOfBytes } from '../../core/sampling/start/image-range.js';
import { readSampleRequest } from '../../core/sampling/start/read-sample-request.js';
import { checkRunMemory } from '../../core/sampling/start/run-memory.js';
import { runShape } from '../../core/sampling/start/run-shape.js';
import {
  startingPoint,
  type StartingNoiseParts,
  type StartingPoint,
} from '../../core/sampling/start/starting-point.js';

/**
 * Turns requests into starting points: the levels to visit and the noise to start from (or the noised image).
 *
 * @example
 * of({ steps: 50, count: 4, seed: 7 }).pipe(startingNoise(parts), reverse(parts), results())
 */
export function startingNoise(parts: StartingNoiseParts): OperatorFunction<SampleRequest, StartingPoint> {
  return concatMap((asked) => {
    const { codec, engine } = parts;
    if (codec === undefined) return of(startingPoint(asked, parts));
    const request = readSampleRequest(asked) as SampleRequest;
    if (request.startFrom === undefined && request.inpaint === undefined) return of(startingPoint(request, parts));
    if (engine === undefined)
      throw invalid(
        'images cannot be encoded',
        'a codec and no engine',
        'an engine',
        'give `engine` to `startingNoise`',
      );
    return new Observable<StartingPoint>(
      (subscriber) => void encodedPoint(request, { ...parts, codec, engine }, subscriber),
    );
  });
}

async function encodedPoint(
  request: SampleRequest,
  parts: StartingNoiseParts & EncodeStartParts,
  subscriber: Subscriber<StartingPoint>,
): Promise<void> {
  try {
    const shape = runShape(request, parts);
    checkRunMemory(request, parts, shape);
    warnOfBytes(request);
    const encoded = await encodeStart(guardedParts(parts), request, shape, () => subscriber.closed);
    subscriber.next(startingPoint(request, parts, encoded));
    subscriber.complete();
  } catch (error) {
    subscriber.error(error);
  }
}
