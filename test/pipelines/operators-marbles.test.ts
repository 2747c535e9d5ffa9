import type { MonoTypeOperatorFunction } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { TrainEvent } from '../../src/core/loop/train-events.js';
import { observe } from '../../src/pipelines/observe.js';
import { inOrder } from '../../src/pipelines/parallel/parallel.js';
import { scheduled } from '../marbles.js';

const event = (step: number): TrainEvent => ({ kind: 'end', run: 'r', step, steps: 9 });
const events = { a: event(1), b: event(2), c: event(3) };

const throwing = {
  next: () => {
    throw new Error('broken on purpose');
  },
};

describe('observe', () => {
  const watched: readonly [what: string, operator: () => MonoTypeOperatorFunction<TrainEvent>][] = [
    ['nobody', () => observe([])],
    ['an observer', () => observe([{ next: () => undefined }])],
    ['one that throws', () => observe([throwing], () => undefined)],
  ];

  it.each(watched)('by %s: the same events, one subscription, and the source’s end is the end', (_, operator) => {
    scheduled(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  -a-b-c-|', events);
      expectObservable(source.pipe(operator())).toBe('-a-b-c-|', events);
      expectSubscriptions(source.subscriptions).toBe(['^------!']);
      const failing = cold(' -a-#', events);
      expectObservable(failing.pipe(operator())).toBe('-a-#', events);
      expectSubscriptions(failing.subscriptions).toBe(['^--!']);
    });
    expect.assertions(4);
  });

  it.each(watched)('by %s: an unsubscribe reaches the source', (_, operator) => {
    scheduled(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b-c-|', events);
      expectObservable(source.pipe(operator()), '^--!').toBe('-a', events);
      expectSubscriptions(source.subscriptions).toBe(['^--!']);
    });
    expect.assertions(2);
  });
});

describe('inOrder', () => {
  it('subscribes to all at once, and gives last values in order', () => {
    scheduled(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const slow = cold('  ----x-y|');
      const fast = cold('  -z|');
      const source = hot(' sf----------|');
      const found = source.pipe(inOrder((which) => (which === 's' ? slow : fast)));
      expectObservable(found).toBe('-------(yz)-|');
      expectSubscriptions(slow.subscriptions).toBe('^------!');
      expectSubscriptions(fast.subscriptions).toBe('-^-!');
    });
    expect.assertions(3);
  });

  it('an unsubscribe ends all', () => {
    scheduled(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const slow = cold('  ----x-y|');
      const source = hot(' ss------|');
      expectObservable(source.pipe(inOrder(() => slow)), '^--!').toBe('-');
      expectSubscriptions(slow.subscriptions).toBe(['^--!', '-^-!']);
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
    expect.assertions(3);
  });
});
