import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { NEVER, of } from 'rxjs';
import { onAbort } from '../../src/pipelines/promise-function.js';
import { lastOf } from '../../src/pipelines/promise-function.js';

const nothing = (): void => undefined;

it('has one listener on a signal for all runs, and none when they are over', async () => {
  const { signal } = new AbortController();
  const runs = Array.from({ length: 30 }, (_, value) => lastOf(of(value), nothing, { signal }));
  const forgets = Array.from({ length: 30 }, () => onAbort(signal, nothing));
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  expect(await Promise.all(runs)).toEqual(Array.from({ length: 30 }, (_, value) => value));
  for (const forget of forgets) forget();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('cancels all runs that wait, each once, and none that took its wish back', async () => {
  const abort = new AbortController();
  const ends = Promise.allSettled([1, 2, 3].map(() => lastOf(NEVER, nothing, { signal: abort.signal })));
  const seen: string[] = [];
  onAbort(abort.signal, () => seen.push('told'));
  onAbort(abort.signal, () => seen.push('not told'))();
  abort.abort('enough');
  for (const end of await ends) expect(end).toMatchObject({ reason: { code: 'RXD_ABORTED', got: 'enough' } });
  expect(seen).toEqual(['told']);
  expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  await expect(lastOf(NEVER, nothing, { signal: abort.signal })).rejects.toMatchObject({ code: 'RXD_ABORTED' });
});

it('rejects with an error whatever a run failed with', async () => {
  const hostile: unknown = new Proxy(
    {},
    {
      getPrototypeOf: () => {
        throw new Error('no');
      },
    },
  );
  for (const thrown of ['text', Symbol('s'), Object.create(null) as unknown, hostile, undefined]) {
    const failing = lastOf(new (await import('rxjs')).Observable((subscriber) => subscriber.error(thrown)), nothing);
    const error: unknown = await failing.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).cause).toBe(thrown);
  }
});
