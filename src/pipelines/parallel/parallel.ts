import { type OperatorFunction, AsyncSubject, concatAll, map, Observable, Subscription } from 'rxjs';
import { deviceResults, type DevicePool, type DeviceResult } from './device-pool.js';
import type { DeviceRequest } from './device.js';

/**
 * Spreads requests over devices: as many run at once as there are devices, results come in the order asked for.
 * Unsubscribing cancels all of them. A request whose device is lost runs again elsewhere, to the same bytes; any other
 * error comes at its turn and ends the stream. To go on after an error, catch it in each request: `devices.sample(...)`.
 *
 * @example
 * await using devices = await workerDevices(recipe, { count: 2 });
 * from([1, 2, 3]).pipe(map((seed) => ({ seed })), parallel(devices)).subscribe(({ images }) => show(images));
 */
export function parallel(devices: DevicePool): OperatorFunction<DeviceRequest, DeviceResult> {
  return inOrder((request) => devices.sample.events(request).pipe(deviceResults()));
}

/**
 * The last value of each inner observable, in the order of the source: all are subscribed to at once, results wait for
 * their turn. An inner error comes at its turn, and cancels the rest.
 */
export function inOrder<T, R>(project: (value: T) => Observable<R>): OperatorFunction<T, R> {
  return (source) =>
    new Observable((subscriber) => {
      const running = new Subscription();
      const begun = (value: T): Observable<R> => {
        const result = new AsyncSubject<R>();
        running.add(project(value).subscribe(result));
        return result;
      };
      running.add(source.pipe(map(begun), concatAll()).subscribe(subscriber));
      return running;
    });
}
