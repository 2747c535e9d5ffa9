import type { Tensor } from '@tensorflow/tfjs';
import { concatMap, filter, map, Observable, of, type OperatorFunction, type Subscriber } from 'rxjs';
import type { SampleEnd, SampleEvent } from '../../core/loop/sample-events.js';
import { cloned } from '../../core/tensors/cloned.js';
import { isReadLater } from '../../core/tensors/read-floats.js';
import { decodedImages, floatImages } from './pixels.js';
import type { FloatImages } from '../../core/contracts/images.js';

/** Samples that belong to whoever has them. `using result = await pipeline.sample(...)` frees them. */
export class SampleResult implements Disposable {
  /** `[N, ...sampleShape]`, latents where the pipeline has a codec. Yours: valid until `dispose`. */
  readonly x: Tensor;
  /** Network calls that the run made. */
  readonly nfe: number;
  /** Identity of the run, as in its events. */
  readonly run: string;

  readonly #decoded: FloatImages | undefined;

  /** @param decoded - the images, where `x` are latents */
  constructor(x: Tensor, nfe: number, run: string, decoded?: FloatImages) {
    this.x = x;
    this.nfe = nfe;
    this.run = run;
    this.#decoded = decoded;
  }

  /** The samples as plain images; latents as the images that they were decoded to. */
  images(): FloatImages {
    if (this.#decoded === undefined) return floatImages(this.x);
    return { ...this.#decoded, data: this.#decoded.data.slice() };
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

/** The owned result of each run: a clone of its end, and its images where it is decoded. Whoever subscribes disposes of it. */
export function results(): OperatorFunction<SampleEvent, SampleResult> {
  return (events) =>
    events.pipe(
      filter((event): event is SampleEnd => event.kind === 'end'),
      map(endOf),
      concatMap(readable),
    );
}

/** The end of a run, no longer lent. */
interface Ended {
  readonly x: Tensor;
  readonly nfe: number;
  readonly run: string;
  /** The images that it was decoded to: a promise where the backend has to be waited for. */
  readonly decoded: FloatImages | Promise<FloatImages> | undefined;
}

function endOf(end: SampleEnd): Ended {
  const decoded = end.decode && decodedImages(end.decode, end.x);
  return { x: cloned(end.x), nfe: end.nfe, run: end.run, decoded };
}

/** A result whose values can be read at once: a backend that has to be waited for (WebGPU) keeps what it has read. */
function readable(end: Ended): Observable<SampleResult> {
  const { x, nfe, run, decoded } = end;
  if (!isReadLater(x) && !(decoded instanceof Promise)) return of(new SampleResult(x, nfe, run, decoded));
  return new Observable((subscriber) => void handOver(end, subscriber));
}

async function handOver({ x, nfe, run, decoded }: Ended, subscriber: Subscriber<SampleResult>): Promise<void> {
  try {
    const images = await decoded;
    await x.data();
    if (subscriber.closed) return x.dispose();
    subscriber.next(new SampleResult(x, nfe, run, images));
    subscriber.complete();
  } catch (error) {
    x.dispose();
    subscriber.error(error);
  }
}
