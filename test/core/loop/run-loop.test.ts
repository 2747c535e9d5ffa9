import { take } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { macrotask } from '../../../src/core/loop/macrotask.js';
import { runLoop, type Run } from '../../../src/core/loop/run-loop.js';

function counted(
  count: number,
  log: string[],
  step: (index: number, emit: (event: string) => void) => void | Promise<void> = (index, emit) => emit(`step ${index}`),
): Run<string> {
  let done = 0;
  return {
    get more() {
      return done < count;
    },
    start: (emit) => emit('start'),
    step: (emit) => {
      const index = done++;
      log.push(`work ${index}`);
      return step(index, emit);
    },
    end: (emit) => emit('end'),
    dispose: () => void log.push('dispose'),
  };
}

const collect = (events: string[], done: (outcome: unknown) => void) => ({
  next: (event: string) => void events.push(event),
  error: done,
  complete: () => done('complete'),
});

const run = (open: () => Run<string> | Promise<Run<string>>): Promise<{ events: string[]; outcome: unknown }> =>
  new Promise((resolve) => {
    const events: string[] = [];
    runLoop(open).subscribe(collect(events, (outcome) => resolve({ events, outcome })));
  });

describe('runLoop', () => {
  it('emits start, steps and end in order, and disposes once', async () => {
    const log: string[] = [];
    const { events, outcome } = await run(() => counted(3, log));
    expect(events).toEqual(['start', 'step 0', 'step 1', 'step 2', 'end']);
    expect(outcome).toBe('complete');
    expect(log).toEqual(['work 0', 'work 1', 'work 2', 'dispose']);
  });

  it('is cold: each subscription is its own run', async () => {
    const log: string[] = [];
    const events = runLoop(() => counted(1, log));
    await Promise.all([1, 2].map(() => new Promise<void>((complete) => events.subscribe({ complete }))));
    expect(log.filter((entry) => entry === 'dispose')).toHaveLength(2);
  });

  it('does no further step after an unsubscribe inside next, and disposes once', async () => {
    const log: string[] = [];
    await new Promise<void>((complete) =>
      runLoop(() => counted(100, log))
        .pipe(take(3))
        .subscribe({ complete }),
    );
    await macrotask();
    expect(log).toEqual(['work 0', 'work 1', 'dispose']);
  });

  it('frees the run when the unsubscribe comes while a step is in flight', async () => {
    const log: string[] = [];
    let finish: () => void = () => undefined;
    const inFlight = new Promise<void>((resolve) => (finish = resolve));
    const subscription = runLoop(() => counted(9, log, () => inFlight)).subscribe();
    await macrotask();
    subscription.unsubscribe();
    expect(log).toEqual(['work 0']);
    finish();
    await macrotask();
    expect(log).toEqual(['work 0', 'dispose']);
  });

  it('sends what a step throws to the error channel, once, after disposing', async () => {
    const log: string[] = [];
    const { events, outcome } = await run(() =>
      counted(3, log, (index) => {
        if (index === 1) throw new Error('step failed');
      }),
    );
    expect(outcome).toEqual(new Error('step failed'));
    expect(events).toEqual(['start']);
    expect(log).toEqual(['work 0', 'work 1', 'dispose']);
  });

  it('sends a failure to open to the error channel', async () => {
    const { outcome } = await run(() => Promise.reject(new Error('no engine')));
    expect(outcome).toEqual(new Error('no engine'));
  });

  describe('by a clock that only work moves', () => {
    let now = 0;
    const stepsOfTurns = [0];
    let immediate: NodeJS.Immediate;
    const working = (milliseconds: number) => (): void => {
      now += milliseconds;
      stepsOfTurns[stepsOfTurns.length - 1]!++;
    };

    beforeEach(async () => {
      await macrotask();
      now = performance.now();
      vi.spyOn(performance, 'now').mockImplementation(() => now);
      stepsOfTurns.splice(0, Infinity, 0);
      immediate = setImmediate(function next() {
        stepsOfTurns.push(0);
        immediate = setImmediate(next);
      });
    });
    afterEach(async () => {
      clearImmediate(immediate);
      vi.restoreAllMocks();
      // The slice that is still open ends by the clock that is gone.
      await macrotask();
    });

    it('gives the event loop a turn for each 8 ms of a long run of synchronous steps', async () => {
      await run(() => counted(40, [], working(2)));
      expect(stepsOfTurns.reduce((sum, steps) => sum + steps, 0)).toBe(40);
      // Two slices at most: a turn of the test may come before that of the loop, and the next one after it.
      expect(Math.max(...stepsOfTurns)).toBeLessThanOrEqual(8);
    });

    it('gives no turn to steps that take no time', async () => {
      await run(() => counted(1000, [], working(0)));
      expect(Math.max(...stepsOfTurns)).toBe(1000);
    });
  });

  it('gives the event loop a turn between the steps of many runs, not after a step of each', async () => {
    const stepsOfTurns = [0];
    let immediate = setImmediate(function next() {
      stepsOfTurns.push(0);
      immediate = setImmediate(next);
    });
    const longerThanASlice = (): void => {
      stepsOfTurns[stepsOfTurns.length - 1]!++;
      const until = performance.now() + 9;
      while (performance.now() < until);
    };
    await Promise.all(Array.from({ length: 10 }, () => run(() => counted(2, [], longerThanASlice))));
    clearImmediate(immediate);
    expect(stepsOfTurns.reduce((sum, steps) => sum + steps, 0)).toBe(20);
    expect(Math.max(...stepsOfTurns)).toBeLessThanOrEqual(2);
  });
});
