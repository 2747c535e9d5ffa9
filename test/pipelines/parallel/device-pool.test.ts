import { from, lastValueFrom, Observable, Subject, toArray, type Subscriber } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { devicePool, DiffusionError, parallel, type Device, type DeviceEvent, type DeviceRequest } from 'rxdiffusion';

const end = (seed: number): DeviceEvent => ({
  ...{ kind: 'end', run: 'a-run', batch: 1, count: 1, nfe: seed, totalNfe: seed },
  images: { kind: 'float', shape: [1, 1, 1, 1], data: Float32Array.of(seed) },
});
const lost = () => new DiffusionError('RXD_DEVICE_LOST', { problem: 'gone', fix: 'make another' });

/** A device whose runs are ended by hand: `runs` is what it was asked for and has not let go of. */
class ManualDevice implements Device {
  readonly name = 'manual';
  readonly runs = new Map<number, Subscriber<DeviceEvent>>();
  readonly seeds: number[] = [];

  run({ seed = 0 }: DeviceRequest): Observable<DeviceEvent> {
    return new Observable((subscriber) => {
      this.seeds.push(seed);
      this.runs.set(seed, subscriber);
      return () => void this.runs.delete(seed);
    });
  }

  finish(seed: number): void {
    const run = this.runs.get(seed);
    run?.next(end(seed));
    run?.complete();
  }

  fail(seed: number, error: unknown): void {
    this.runs.get(seed)?.error(error);
  }

  close(): Promise<void> {
    for (const run of [...this.runs.values()]) run.error(lost());
    return Promise.resolve();
  }
}

const make = () => {
  const [a, b] = [new ManualDevice(), new ManualDevice()];
  return { a, b, pool: devicePool([a, b]) };
};
const requests = (count: number): DeviceRequest[] => Array.from({ length: count }, (_, index) => ({ seed: index + 1 }));

describe('parallel', () => {
  it('gives results in the order asked for, whatever ends first, one run a device', async () => {
    const { a, b, pool } = make();
    const seen = lastValueFrom(from(requests(4)).pipe(parallel(pool), toArray()));
    expect([a.seeds, b.seeds]).toEqual([[1], [2]]);
    b.finish(2);
    b.finish(3);
    expect([a.seeds, b.seeds]).toEqual([[1], [2, 3, 4]]);
    b.finish(4);
    a.finish(1);
    expect((await seen).map(({ nfe }) => nfe)).toEqual([1, 2, 3, 4]);
  });

  it('cancels what runs and what waits when it is unsubscribed from', async () => {
    const { a, b, pool } = make();
    const subscription = from(requests(5)).pipe(parallel(pool)).subscribe();
    subscription.unsubscribe();
    expect([a.runs.size, b.runs.size]).toEqual([0, 0]);
    expect([...a.seeds, ...b.seeds]).toEqual([1, 2]);
    void pool.sample({ seed: 9 });
    await Promise.resolve();
    expect(a.seeds).toEqual([1, 9]);
  });

  it('brings an error at its turn, after the results before it, and cancels the rest', async () => {
    const { a, b, pool } = make();
    const seen: unknown[] = [];
    const over = new Promise<void>((resolve) =>
      from(requests(4))
        .pipe(parallel(pool))
        .subscribe({
          next: ({ nfe }) => seen.push(nfe),
          error: (error: unknown) => {
            seen.push(error);
            resolve();
          },
        }),
    );
    b.fail(2, 'broken');
    expect(seen).toEqual([]);
    a.finish(1);
    await over;
    expect(seen).toEqual([1, 'broken']);
    expect([a.runs.size, b.runs.size]).toEqual([0, 0]);
  });

  it('takes requests as they come', async () => {
    const { a, pool } = make();
    const asked$ = new Subject<DeviceRequest>();
    const seen = lastValueFrom(asked$.pipe(parallel(pool), toArray()));
    asked$.next({ seed: 7 });
    a.finish(7);
    asked$.complete();
    expect((await seen).map(({ nfe }) => nfe)).toEqual([7]);
  });
});

describe('a device that is lost', () => {
  it('has its request run next on another one', async () => {
    const { a, b, pool } = make();
    const seen = lastValueFrom(from(requests(3)).pipe(parallel(pool), toArray()));
    a.fail(1, lost());
    expect(pool.size).toBe(1);
    b.finish(2);
    expect(b.seeds).toEqual([2, 1]);
    b.finish(1);
    b.finish(3);
    expect((await seen).map(({ nfe }) => nfe)).toEqual([1, 2, 3]);
  });

  it('is the error of a request that takes two along, and of all when none is left', async () => {
    const { a, b, pool } = make();
    const ends = Promise.allSettled(requests(3).map((request) => pool.sample(request)));
    a.fail(1, lost());
    b.finish(2);
    b.fail(1, lost());
    const [first, second, third] = await ends;
    expect(second?.status).toBe('fulfilled');
    for (const end_ of [first, third]) expect(end_).toMatchObject({ reason: { code: 'RXD_DEVICE_LOST' } });
    await expect(pool.sample()).rejects.toMatchObject({ code: 'RXD_DEVICE_LOST' });
  });

  it('is what closing is', async () => {
    const { pool } = make();
    const ends = Promise.allSettled(requests(3).map((request) => pool.sample(request)));
    await pool.close();
    for (const one of await ends) expect(one).toMatchObject({ reason: { code: 'RXD_DEVICE_LOST' } });
  });
});

it('a signal cancels one request', async () => {
  const { a, pool } = make();
  const abort = new AbortController();
  const run = pool.sample({ seed: 1 }, { signal: abort.signal });
  abort.abort();
  await expect(run).rejects.toMatchObject({ code: 'RXD_ABORTED' });
  expect(a.runs.size).toBe(0);
});
