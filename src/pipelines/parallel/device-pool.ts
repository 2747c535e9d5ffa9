import { filter, map, Observable, type Subscriber, type Subscription } from 'rxjs';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import type { FloatImages } from '../../core/contracts/images.js';
import { checkDeviceRequest } from '../../core/sampling/start/read-sample-request.js';
import { lastOf, type RunOptions } from '../promise-function.js';
import type { Device, DeviceEnd, DeviceEvent, DeviceRequest, Replace } from './device.js';
import { Replacements } from './replacements.js';

/** Samples of one request, plain data. */
export interface DeviceResult {
  readonly images: FloatImages;
  /** Network calls that the run made. */
  readonly nfe: number;
}

/** Sampling on devices: the same two ways as those of a pipeline. */
export interface DeviceFunction {
  /** Samples on the next free device. */
  (request?: DeviceRequest, options?: RunOptions): Promise<DeviceResult>;
  /**
   * The run on the next free device as a cold observable of plain events; unsubscribing cancels it, also while it
   * waits. A run whose device is lost begins again elsewhere, with another `start`.
   */
  events(request?: DeviceRequest): Observable<DeviceEvent>;
}

/** Devices that share requests: each runs one at a time, the first that is free takes the next. */
export interface DevicePool extends AsyncDisposable {
  readonly sample: DeviceFunction;
  /** Devices that are alive. */
  readonly size: number;
  /** Ends all devices; what runs or waits fails with `RXD_DEVICE_LOST`. Idempotent. */
  close(): Promise<void>;
}

/** Most devices that one request may take along before it is given up. */
const ATTEMPTS = 2;

interface Job {
  readonly request: DeviceRequest;
  readonly subscriber: Subscriber<DeviceEvent>;
  /** Devices that were lost while they ran it. */
  lost: number;
}

/**
 * Joins devices to a pool.
 *
 * @param replace - makes a device in the place of a lost one; lost ones are not replaced where absent
 */
export function devicePool(devices: readonly Device[], replace?: Replace): DevicePool {
  const pool = new Pool(devices, replace);
  const events = (request: DeviceRequest = {}): Observable<DeviceEvent> =>
    new Observable((subscriber) => {
      checkDeviceRequest(request);
      return pool.run(request, subscriber);
    });
  const result = (request?: DeviceRequest): Observable<DeviceResult> => events(request).pipe(deviceResults());
  const sample = (request?: DeviceRequest, options?: RunOptions): Promise<DeviceResult> =>
    lastOf(result(request), () => undefined, options);
  const close = (): Promise<void> => pool.close();
  return {
    sample: Object.assign(sample, { events }),
    get size() {
      return pool.size;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

class Pool {
  readonly #alive: Set<Device>;
  readonly #free: Set<Device>;
  readonly #waiting: Job[] = [];
  readonly #running = new Map<Job, Subscription>();
  readonly #replacements: Replacements;
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  constructor(devices: readonly Device[], replace: Replace | undefined) {
    this.#alive = new Set(devices);
    this.#free = new Set(devices);
    this.#replacements = new Replacements(replace, {
      made: (device) => this.#join(device),
      failed: () => this.#assign(),
    });
  }

  get size(): number {
    return this.#alive.size;
  }

  run(request: DeviceRequest, subscriber: Subscriber<DeviceEvent>): () => void {
    const job: Job = { request, subscriber, lost: 0 };
    this.#waiting.push(job);
    if (this.#alive.size === 0 && !this.#closed) this.#replacements.again();
    this.#assign();
    return () => {
      const place = this.#waiting.indexOf(job);
      if (place >= 0) this.#waiting.splice(place, 1);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const devices = [...this.#alive];
    this.#alive.clear();
    this.#free.clear();
    for (const device of devices) this.#end(device);
    await this.#replacements.stop();
    await Promise.all(this.#closing);
    this.#assign();
  }

  #join(device: Device): void {
    if (this.#closed) return this.#end(device);
    this.#alive.add(device);
    this.#free.add(device);
    this.#assign();
  }

  /** Ends a device; closing waits for it. */
  #end(device: Device): void {
    const ending = device.close();
    this.#closing.add(ending);
    ending.catch(() => undefined).finally(() => this.#closing.delete(ending));
  }

  #assign(): void {
    for (const device of [...this.#free]) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      this.#free.delete(device);
      this.#begin(job, device);
    }
    if (this.#alive.size > 0 || (this.#replacements.pending && !this.#closed)) return;
    for (const job of this.#waiting.splice(0)) job.subscriber.error(noneLeft(this.#replacements.failure));
  }

  #begin(job: Job, device: Device): void {
    const subscription = device.run(job.request).subscribe({
      next: (event) => job.subscriber.next(event),
      error: (error: unknown) => {
        if (isLost(error)) return this.#lose(job, device, error);
        this.#release(job, device);
        job.subscriber.error(error);
      },
      complete: () => {
        this.#release(job, device);
        job.subscriber.complete();
      },
    });
    if (!subscription.closed) this.#running.set(job, subscription);
    job.subscriber.add(() => this.#cancel(job, device, subscription));
  }

  #release(job: Job, device: Device): void {
    this.#running.delete(job);
    if (this.#alive.has(device)) this.#free.add(device);
    this.#assign();
  }

  /** A device takes the next request when it has confirmed the cancellation: one that hangs never does. */
  #cancel(job: Job, device: Device, subscription: Subscription): void {
    if (this.#running.get(job) !== subscription) return;
    subscription.unsubscribe();
    this.#running.delete(job);
    const free = (): void => {
      if (this.#alive.has(device)) this.#free.add(device);
      this.#assign();
    };
    // Not at once: who cancels many at a time would see those that wait begin in between.
    if (device.idle === undefined) queueMicrotask(free);
    else void device.idle().then(free, () => this.#drop(device));
  }

  #lose(job: Job, device: Device, error: DiffusionError): void {
    this.#running.delete(job);
    job.lost++;
    this.#drop(device, () => {
      if (job.lost >= ATTEMPTS || (this.#alive.size === 0 && !this.#replacements.pending)) job.subscriber.error(error);
      else this.#waiting.unshift(job);
    });
  }

  /** Gives a device up and has another made in its place. */
  #drop(device: Device, then: () => void = () => undefined): void {
    if (this.#alive.delete(device)) {
      this.#free.delete(device);
      if (!this.#closed) this.#replacements.make(device);
      this.#end(device);
    }
    then();
    this.#assign();
  }
}

/** The result of each run that ends. */
export function deviceResults(): (events: Observable<DeviceEvent>) => Observable<DeviceResult> {
  return (events) =>
    events.pipe(
      filter((event): event is DeviceEnd => event.kind === 'end'),
      map(({ images, nfe }) => ({ images, nfe })),
    );
}

const isLost = (error: unknown): error is DiffusionError =>
  error instanceof DiffusionError && error.code === 'RXD_DEVICE_LOST';

function noneLeft(cause: unknown): DiffusionError {
  return new DiffusionError('RXD_DEVICE_LOST', {
    problem: 'no device is left to run this request',
    got: 'a request for devices that are lost or closed',
    expected: 'at least one device that is alive',
    fix: 'make new devices; `cause`, or the errors of the runs that were lost, say why',
    ...(cause === undefined ? {} : { cause }),
  });
}
