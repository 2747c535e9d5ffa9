import type { Tensor } from '@tensorflow/tfjs';
import { concatMap, filter, map, Observable, of, type OperatorFunction, type Subscriber } from 'rxjs';
import type { SampleEnd, SampleEvent } from '../../core/loop/sample-events.js';
import { cloned } from '../../core/tensors/cloned.js';
import { isReadLater } from '../../core/tensors/read-floats.js';
import { floatImages } from './pixels.js';
import type { FloatImages } from '../../core/contracts/images.js';

/** Samples that belong to whoever has them. `using result = await pipeline.sample(...)` frees them. */
export class SampleResult implements Disposable {
  /** `[N, ...sampleShape]`. Yours: valid until `dispose`. */
  readonly x: Tensor;
  /** Network calls that the run made. */
  readonly nfe: number;
  /** Identity of the run, as in its events. */
  readonly run: string;

  constructor(x: Tensor, nfe: number, run: string) {
    this.x = x;
    this.nfe = nfe;
    this.run = run;
  }

  /** The samples as plain images. */
  images(): FloatImages {
    return floatImages(this.x);
  }

  /** Frees the samples. Idempotent. */
  dispose(): void {
    this.x.dispose();
  }

  /** What `using` calls. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** The owned result of each run: a clone of its end. Whoever subscribes disposes of it. */
export function results(): OperatorFunction<SampleEvent, SampleResult> {
  return (events) =>
    events.pipe(
      filter((event): event is SampleEnd => event.kind === 'end'),
      map((end) => new SampleResult(cloned(end.x), end.nfe, end.run)),
      concatMap(readable),
    );
}

/** A result whose values can be read at once: a backend that has to be waited for (WebGPU) keeps what it has read. */
function readable(result: SampleResult): Observable<SampleResult> {
  if (!isReadLater(result.x)) return of(result);
  return new Observable((subscriber) => void handOver(result, subscriber));
}

async function handOver(result: SampleResult, subscriber: Subscriber<SampleResult>): Promise<void> {
  try {
    await result.x.data();
    if (subscriber.closed) return result.dispose();
    subscriber.next(result);
    subscriber.complete();
  } catch (error) {
    result.dispose();
    subscriber.error(error);
  }
}
