import { map, ReplaySubject, type Subscription } from 'rxjs';
import type { ParametersBySlot } from '../../core/contracts/denoiser.js';
import { plainError, revivedError } from '../../core/errors/plain-error.js';
import type { SampleEvent } from '../../core/loop/sample-events.js';
import type { Diffusion } from '../diffusion.js';
import { inTurn, readEvent } from '../sampling/pixels.js';
import { isPreviewed, type PreviewOptions } from '../sampling/preview.js';
import type { DeviceAnswer, DeviceCommand } from './device-messages.js';
import type { DeviceEvent } from './device.js';

/** The far end of the line: hands an answer over, with the buffers that need not be copied. */
export type Answering = (answer: DeviceAnswer, transfer?: readonly ArrayBuffer[]) => void;

interface Run {
  readonly subscription: Subscription;
  readonly live: ReadonlyMap<string, ReplaySubject<unknown>>;
}

/**
 * Serves runs of a pipeline at the far end of a line.
 *
 * @param parameters - weights of each run, borrowed; by slot; the plugins' own where absent
 * @returns what to hand each command to
 */
export function serveDevice(
  { sample }: Pick<Diffusion, 'sample'>,
  answer: Answering,
  parameters?: ParametersBySlot,
): (command: DeviceCommand) => void {
  const runs = new Map<number, Run>();
  return (command) => {
    if (command.kind === 'run') startRun(command);
    else if (command.kind === 'live') runs.get(command.id)?.live.get(command.key)?.next(command.value);
    else if (command.kind === 'live-failed')
      runs.get(command.id)?.live.get(command.key)?.error(revivedError(command.error));
    else {
      runs.get(command.id)?.subscription.unsubscribe();
      finish(command.id, { kind: 'cancelled', id: command.id });
    }
  };

  function startRun({ id, request, live }: Extract<DeviceCommand, { kind: 'run' }>): void {
    const { preview, ...ask } = request;
    const controls = new Map(live.keys.map((key) => [key, new ReplaySubject<unknown>(1)] as const));
    for (const [key, value] of Object.entries(live.first)) controls.get(key)?.next(value);
    const weights = parameters ? { parameters } : {};
    const subscription = sample
      .events({ ...ask, ...weights, live: Object.fromEntries(controls) })
      .pipe(
        map((event) => plainEvent(event, preview)),
        inTurn(),
      )
      .subscribe({
        next: (event) => answer({ kind: 'event', id, event }, buffersOf(event)),
        error: (error: unknown) => finish(id, { kind: 'failed', id, error: plainError(error) }),
        complete: () => finish(id, { kind: 'done', id }),
      });
    if (!subscription.closed) runs.set(id, { subscription, live: controls });
  }

  function finish(id: number, last: DeviceAnswer): void {
    runs.delete(id);
    answer(last);
  }
}

/** The numbers of an event, and its pictures at the end and where they are asked for. */
function plainEvent(event: SampleEvent, preview: PreviewOptions | undefined): DeviceEvent | Promise<DeviceEvent> {
  if (event.kind === 'end' || (preview && isPreviewed(event, preview.every))) return readEvent(event, preview?.of);
  return { ...event };
}

const buffersOf = (event: DeviceEvent): readonly ArrayBuffer[] =>
  'images' in event && event.images ? [event.images.data.buffer as ArrayBuffer] : [];
