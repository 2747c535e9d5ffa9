import { filter, firstValueFrom, Observable, type Subscription } from 'rxjs';
import type { LiveParameters } from '../../core/loop/live-values.js';
import { plainError, revivedError } from '../../core/errors/plain-error.js';
import { readGiven, stopListening } from '../../core/errors/given.js';
import { checkDeviceRequest } from '../../core/sampling/start/read-sample-request.js';
import type { DeviceAnswer, DeviceCommand } from './device-messages.js';
import type { Device, DeviceEvent, DeviceRequest } from './device.js';

/** The near end of the line to a device. */
export interface DevicePort {
  readonly name: string;
  /** Hands a command over; commands arrive in order. */
  send(command: DeviceCommand): void;
  /** What the device says, hot; fails with `RXD_DEVICE_LOST` when it is gone, for late subscribers too. */
  readonly answers$: Observable<DeviceAnswer>;
  /** Ends the device at the far end. Idempotent. */
  close(): Promise<void>;
}

/** The device at the other end of a port: plain data crosses, in order. */
export function portDevice(port: DevicePort): Device {
  let runs = 0;
  let ending: Promise<unknown> = Promise.resolve();
  const cancelled = (id: number): void => {
    ending = firstValueFrom(port.answers$.pipe(filter((answer) => answer.id === id && answer.kind !== 'event')));
    ending.catch(() => undefined);
    port.send({ kind: 'cancel', id });
  };
  return {
    name: port.name,
    run: (request) => new Observable((subscriber) => runOver({ port, id: runs++, cancelled }, request, subscriber)),
    idle: () => ending.then(() => undefined),
    close: () => port.close(),
  };
}

/** A run on its way. */
interface Line {
  readonly port: DevicePort;
  readonly id: number;
  /** Tells the device that the run is cancelled. */
  readonly cancelled: (id: number) => void;
}

function runOver(
  { port, id, cancelled }: Line,
  request: DeviceRequest,
  subscriber: { next(event: DeviceEvent): void; error(error: unknown): void; complete(): void },
): () => void {
  checkDeviceRequest(request);
  const { live = {}, ...plain } = request;
  let over = false;
  const end = (last: () => void): void => {
    over = true;
    last();
  };
  const answers = port.answers$.subscribe({
    next: (answer) => {
      if (answer.id !== id) return;
      if (answer.kind === 'event') subscriber.next(answer.event);
      else if (answer.kind === 'done') end(() => subscriber.complete());
      else if (answer.kind === 'failed') end(() => subscriber.error(revivedError(answer.error)));
    },
    error: (error: unknown) => end(() => subscriber.error(error)),
  });
  const controls = over ? [] : startRun(port, id, plain, live);
  return () => {
    answers.unsubscribe();
    for (const [key, control] of controls) stopListening(`the live parameter \`${key}\``, control);
    if (!over) cancelled(id);
  };
}

/** Values that are there at once go with the request, so that the first step sees them; later ones follow. */
function startRun(
  port: DevicePort,
  id: number,
  request: Omit<DeviceRequest, 'live'>,
  live: LiveParameters,
): readonly (readonly [key: string, control: Subscription])[] {
  const first: Record<string, unknown> = {};
  const early: DeviceCommand[] = [];
  let started = false;
  const say = (command: DeviceCommand): void => void (started ? port.send(command) : early.push(command));
  const controls = Object.entries(live).map(
    ([key, value$]) =>
      [
        key,
        readGiven(`the live parameter \`${key}\` failed`, () =>
          value$.subscribe({
            next: (value) => {
              if (started) port.send({ kind: 'live', id, key, value });
              else first[key] = value;
            },
            error: (error: unknown) => say({ kind: 'live-failed', id, key, error: plainError(error) }),
          }),
        ),
      ] as const,
  );
  port.send({ kind: 'run', id, request, live: { keys: Object.keys(live), first } });
  started = true;
  early.forEach((command) => port.send(command));
  return controls;
}
