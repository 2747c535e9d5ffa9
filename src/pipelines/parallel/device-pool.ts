import { filter, map, Observable, type Subscriber, type Subscription } from 'rxjs';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { newRunId } from '../../core/loop/run-id.js';
import type { FloatImages } from '../../core/contracts/images.js';
import { lastOf, type DoorOptions } from '../promise-door.js';
import type { Device, DeviceEnd, DeviceEvent, DeviceRequest } from './device.js';

/** Samples of one request, plain data. */
export interface DeviceResult {
  readonly images: FloatImages;
  /** Network calls that the run made. */
  readonly nfe: number;
  /** Identity of the run, as in its events. */
  readonly run: string;
}

/** The two doors to devices, as those of a pipeline. */
export interface DeviceDoor {
  /** Samples on the next free device. */
  (request?: DeviceRequest, options?: DoorOptions): Promise<DeviceResult>;
  /**
   * The run on the next free device as a cold observable of plain events; unsubscribing cancels it, also while it
   * waits. A run whose device is lost begins again elsewhere, with another `start`.
   */
  events(request?: DeviceRequest): Observable<DeviceEvent>;
}

/** Devices that share requests: each runs one at a time, the first that is free takes the next. */
export interface DevicePool extends AsyncDisposable {
  readonly sample: DeviceDoor;
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

/** Joins devices to a pool. */
export function devicePool(devices: readonly Device[]): DevicePool {
  const alive = new Set(devices);
  const free = new Set(devices);
  const waiting: Job[] = [];
  const running = new Map<Job, Subscription>();

  const assign = (): void => {
    for (const device of [...free]) {
      const job = waiting.shift();
      if (job === undefined) return;
      free.delete(device);
      begin(job, device);
    }
    if (alive.size === 0) for (const job of waiting.splice(0)) job.subscriber.error(noneLeft());
  };

  const release = (job: Job, device: Device): void => {
    running.delete(job);
    if (alive.has(device)) free.add(device);
    assign();
  };

  const begin = (job: Job, device: Device): void => {
    const subscription = device.run(job.request).subscribe({
      next: (event) => job.subscriber.next(event),
      error: (error: unknown) => {
        if (isLost(error)) return lose(job, device, error);
        release(job, device);
        job.subscriber.error(error);
      },
      complete: () => {
        release(job, device);
        job.subscriber.complete();
      },
    });
    if (!subscription.closed) running.set(job, subscription);
    job.subscriber.add(() => {
      if (!running.has(job) || running.get(job) !== subscription) return;
      subscription.unsubscribe();
      running.delete(job);
      if (alive.has(device)) free.add(device);
      // Not at once: who cancels many at a time would see those that wait begin in between.
      queueMicrotask(assign);
    });
  };

  const lose = (job: Job, device: Device, error: DiffusionError): void => {
    alive.delete(device);
    running.delete(job);
    job.lost++;
    if (job.lost >= ATTEMPTS || alive.size === 0) job.subscriber.error(error);
    else waiting.unshift(job);
    assign();
  };

  const events = (request: DeviceRequest = {}): Observable<DeviceEvent> =>
    new Observable((subscriber) => {
      // Here and not on the device: a run that begins again elsewhere is the same run.
      const job: Job = { request: { ...request, run: request.run ?? newRunId() }, subscriber, lost: 0 };
      waiting.push(job);
      assign();
      return () => {
        const place = waiting.indexOf(job);
        if (place >= 0) waiting.splice(place, 1);
      };
    });

  const close = async (): Promise<void> => {
    alive.clear();
    free.clear();
    await Promise.all(devices.map((device) => device.close()));
    assign();
  };
  const result = (request?: DeviceRequest): Observable<DeviceResult> => events(request).pipe(deviceResults());
  const sample = (request?: DeviceRequest, options?: DoorOptions): Promise<DeviceResult> =>
    lastOf(result(request), () => undefined, options);
  return {
    sample: Object.assign(sample, { events }),
    get size() {
      return alive.size;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The result of each run that ends. */
export function deviceResults(): (events: Observable<DeviceEvent>) => Observable<DeviceResult> {
  return (events) =>
    events.pipe(
      filter((event): event is DeviceEnd => event.kind === 'end'),
      map(({ images, nfe, run }) => ({ images, nfe, run })),
    );
}

const isLost = (error: unknown): error is DiffusionError =>
  error instanceof DiffusionError && error.code === 'RXD_DEVICE_LOST';

function noneLeft(): DiffusionError {
  return new DiffusionError('RXD_DEVICE_LOST', {
    problem: 'no device is left to run this request',
    got: 'a request for devices that are lost or closed',
    expected: 'at least one device that is alive',
    fix: 'make new devices; the errors of the runs that were lost say why',
  });
}
