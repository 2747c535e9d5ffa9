import { finalize, map, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defineSampler, type Guidance, type Sampler, type Swap } from 'rxdiffusion';
import { LatestLiveValues } from '../../src/core/loop/live-values.js';
import { LatestSwap } from '../../src/core/sampling/run/steering.js';
import { Training } from '../../src/pipelines/training/training.js';
import { linearDenoiser, tinyFit } from '../core/training/tiny-fit.js';
import { scheduled } from '../marbles.js';

const known = { 'guidance.scale': (value: unknown) => typeof value === 'string' && value !== 'x' };

describe('live values', () => {
  /** What a run reads at each of its steps; it stops listening when it ends. */
  const readAt = (steps: Observable<string>, value$: Observable<string>) => {
    const live = new LatestLiveValues({ 'guidance.scale': value$ }, known);
    return steps.pipe(
      map(() => live.read()['guidance.scale'] ?? '-'),
      finalize(() => live.stop()),
    );
  };

  it('a step reads the latest value before it, and values after the last step are not listened to', () => {
    scheduled(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const value$ = hot('  -a---bc-----d-|');
      const steps = cold('  s-s-s--s-s|');
      expectObservable(readAt(steps, value$)).toBe('n-a-a--c-c|', { n: '-', a: 'a', c: 'c' });
      expectSubscriptions(value$.subscriptions).toBe('^---------!');
    });
    expect.assertions(2);
  });

  it('stay as they are when their stream ends, and are let go of when the run is cancelled', () => {
    scheduled(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const [ending, endless] = [cold('(a|)'), hot('-a--b')];
      expectObservable(readAt(cold('-s-s-s|'), ending)).toBe('-a-a-a|');
      expectObservable(readAt(cold('--s-s-s-s|'), endless), '^----!').toBe('--a-b');
      expectSubscriptions(ending.subscriptions).toBe('(^!)');
      expectSubscriptions(endless.subscriptions).toBe('^----!');
    });
    expect.assertions(4);
  });

  it.each([
    ['an error of the stream', '-a--#', '^---!'],
    ['a value that is refused', '-a--x', '^-----!'],
  ])('%s fails the next step', (_, marbles, subscription) => {
    scheduled(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const value$ = hot(marbles);
      const refused = expect.objectContaining({ code: 'RXD_REQUEST_INVALID' }) as unknown;
      expectObservable(readAt(cold('--s---s-|'), value$)).toBe('--a---#', undefined, refused);
      expectSubscriptions(value$.subscriptions).toBe(subscription);
    });
    expect.assertions(2);
  });
});

describe('swap$', () => {
  const sampler = (order: number): Sampler =>
    defineSampler({ order, stochastic: false, init: (x) => ({ x }), step: (state) => state });
  const orderOf = (part: Sampler | undefined): string => `sampler ${part?.order}`;
  const guidance = { branches: () => [], init: () => undefined, combine: () => undefined } as unknown as Guidance;
  const swaps: Readonly<Record<string, Swap>> = {
    ...{ a: { sampler: sampler(1) }, b: { sampler: sampler(2) }, g: { guidance } },
  };

  /** Which parts each step takes over. */
  const takenAt = (steps: Observable<string>, swap$: Observable<Swap>) => {
    const latest = new LatestSwap(swap$);
    const names = (swap: Swap | undefined): string[] =>
      Object.keys(swap ?? {}).map((role) => (role === 'sampler' ? orderOf(swap?.sampler) : role));
    return steps.pipe(
      map(() => names(latest.take()).join('+')),
      finalize(() => latest.stop()),
    );
  };

  it('a step takes over what came since the one before, together, and each only once', () => {
    scheduled(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const swap$ = hot(' -a---abg---a', swaps);
      const steps = cold('s-s-s----s--s|');
      const taken = { n: '', a: 'sampler 1', m: 'sampler 2+guidance' };
      expectObservable(takenAt(steps, swap$)).toBe('n-a-n----m--a|', taken);
      expectSubscriptions(swap$.subscriptions).toBe('^------------!');
    });
    expect.assertions(2);
  });
});

describe('stop$', () => {
  it('its first value stops the training, which listens until it is closed', () => {
    const denoiser = linearDenoiser();
    scheduled(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const stop$ = hot('---x--x-');
      const training = new Training({ ...tinyFit(denoiser), denoiser, steps: 9, batchSize: 1, stop$ });
      const updates = cold('-u-u-u|').pipe(
        map(() => training.stopped),
        finalize(() => training.close()),
      );
      expectObservable(updates).toBe('-f-t-t|', { f: false, t: true });
      expectSubscriptions(stop$.subscriptions).toBe('^-----!');
    });
    denoiser.dispose?.();
    expect.assertions(2);
  });
});
