import { map, NEVER, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { devicePool, parallel, type Device, type DeviceEvent, type DeviceRequest } from 'rxdiffusion';
import type { Assembly } from '../../src/core/assembly/assembly.js';
import type { DeviceAnswer, DeviceCommand } from '../../src/pipelines/parallel/device-messages.js';
import { portDevice } from '../../src/pipelines/parallel/port-device.js';
import { lastOf } from '../../src/pipelines/promise-function.js';
import { untilDisposed } from '../../src/pipelines/until-disposed.js';
import { scheduled } from '../marbles.js';

const end = (seed: number): DeviceEvent => ({
  ...{ kind: 'end', run: 'a-run', batch: 1, count: 1, nfe: seed, totalNfe: seed },
  images: { kind: 'float', shape: [1, 1, 1, 1], data: Float32Array.of(seed) },
});
const ends: Readonly<Record<string, DeviceEvent>> = { 1: end(1), 2: end(2), 3: end(3) };

/** A device whose runs are these observables, one for each seed. */
const device = (runs: Readonly<Record<number, Observable<DeviceEvent>>>): Device => ({
  name: 'marbles',
  run: ({ seed = 0 }) => runs[seed] ?? NEVER,
  close: () => Promise.resolve(),
});

const requests: Readonly<Record<string, DeviceRequest>> = { a: { seed: 1 }, b: { seed: 2 }, c: { seed: 3 } };

describe('parallel', () => {
  it('runs as many at once as there are devices, and gives results in the order asked for', () => {
    scheduled(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const runs = { 1: cold('-----1|', ends), 2: cold('-2|', ends), 3: cold('------3|', ends) };
      const source = hot('a-bc----|', requests);
      const devices = devicePool([device(runs), device(runs)]);
      const seeds = source.pipe(
        parallel(devices),
        map(({ nfe }) => String(nfe)),
      );
      expectObservable(seeds).toBe('------(12)-(3|)');
      expectSubscriptions(runs[1].subscriptions).toBe('^-----!');
      expectSubscriptions(runs[2].subscriptions).toBe('--^-!');
      expectSubscriptions(runs[3].subscriptions).toBe('----^------!');
      expectSubscriptions(source.subscriptions).toBe('^-------!');
    });
    expect.assertions(5);
  });

  it('an unsubscribe cancels what runs, and what waits never runs', () => {
    scheduled(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const runs = { 1: cold('-----1|', ends), 2: cold('-2|', ends), 3: cold('--3|', ends) };
      const source = hot('(abc)---|', requests);
      expectObservable(source.pipe(parallel(devicePool([device(runs)]))), '^---!').toBe('-');
      expectSubscriptions(runs[1].subscriptions).toBe('^---!');
      expectSubscriptions(runs[2].subscriptions).toBe([]);
      expectSubscriptions(runs[3].subscriptions).toBe([]);
      expectSubscriptions(source.subscriptions).toBe('^---!');
    });
    expect.assertions(5);
  });
});

describe('a run on a device elsewhere', () => {
  const answers: Readonly<Record<string, DeviceAnswer>> = {
    ...{ e: { kind: 'event', id: 0, event: end(1) }, d: { kind: 'done', id: 0 }, o: { kind: 'done', id: 7 } },
  };

  it.each([
    ['until it is done', '-o-ed', undefined, '---1|', '^---!', 'run live'],
    ['until it is cancelled', '-o-e--d', '^----!', '---1', '^----!', 'run live live cancel'],
  ])('listens to live values %s', (_, said, until, seen, subscription, commands) => {
    const sent: DeviceCommand[] = [];
    scheduled(({ hot, expectObservable, expectSubscriptions }) => {
      const [answers$, scale$] = [hot(said, answers), hot('--s-s--s')];
      const port = { name: 'a port', send: (command: DeviceCommand) => void sent.push(command), answers$ };
      const run$ = portDevice({ ...port, close: () => Promise.resolve() }).run({ live: { 'guidance.scale': scale$ } });
      expectObservable(run$, until).toBe(seen, ends);
      expectSubscriptions(scale$.subscriptions).toBe(subscription);
    });
    expect(sent.map(({ kind }) => kind).join(' ')).toBe(commands);
    expect.assertions(3);
  });
});

describe('the promise of a run', () => {
  it('lets go of the run when its signal aborts, and frees the last value', async () => {
    const [controller, freed] = [new AbortController(), [] as string[]];
    let promise: Promise<string> | undefined;
    scheduled(({ cold, expectSubscriptions }) => {
      const run$ = cold('-a-b-c-|');
      promise = lastOf(run$, (value) => void freed.push(value), { signal: controller.signal });
      promise.catch(() => undefined);
      cold('----x').subscribe(() => controller.abort());
      expectSubscriptions(run$.subscriptions).toBe('^---!');
    });
    await expect(promise).rejects.toMatchObject({ code: 'RXD_ABORTED' });
    expect(freed).toEqual(['a', 'b']);
    expect.assertions(3);
  });
});

describe('untilDisposed', () => {
  it('ends the run with an error when its pipeline is disposed of, and takes its wish back when the run ends first', () => {
    scheduled(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const disposed$ = hot('----x');
      const onDispose = (call: () => void): (() => void) => {
        const listening = disposed$.subscribe(call);
        return () => listening.unsubscribe();
      };
      const [long, short] = [cold('-a-b-c-|'), cold('-a|')];
      const until = () => untilDisposed<string>({ onDispose } as Assembly);
      const gone = expect.objectContaining({ code: 'RXD_ASSEMBLY_DISPOSED' }) as unknown;
      expectObservable(long.pipe(until())).toBe('-a-b#', undefined, gone);
      expectObservable(short.pipe(until())).toBe('-a|');
      expectSubscriptions(long.subscriptions).toBe('^---!');
      expectSubscriptions(disposed$.subscriptions).toBe(['^---!', '^-!']);
    });
    expect.assertions(4);
  });
});
