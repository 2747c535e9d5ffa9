import { describe, expect, it } from 'vitest';
import { DiffusionError } from '../../../src/core/errors/diffusion-error.js';
import type { RunEvent } from '../../../src/core/contracts/observer.js';
import { jsonLines, jsonLinesObserver } from '../../../src/plugins/observers/json-lines.js';
import { sampleEvents, trainEvents } from './events.js';

function record(): { observer: ReturnType<typeof jsonLines>; lines: () => Record<string, unknown>[] } {
  const texts: string[] = [];
  let time = 1000;
  const observer = jsonLines({ write: (text) => texts.push(text), now: () => (time += 250) });
  return { observer, lines: () => texts.map((text) => JSON.parse(text) as Record<string, unknown>) };
}

describe('json-lines', () => {
  it('writes every event of a training run with its numbers', () => {
    const { observer, lines } = record();
    const events = trainEvents(3);
    events.forEach((event) => observer.next(event));
    expect(lines()).toEqual(events.map((event) => ({ ...event, seconds: expect.any(Number) as number })));
    const seconds = lines().map((line) => line['seconds'] as number);
    expect(seconds.every((value, i) => i === 0 || value > (seconds[i - 1] ?? 0))).toBe(true);
  });

  it('writes levels and live values of a sampling run and touches no tensor', () => {
    const { observer, lines } = record();
    sampleEvents(2).forEach((event) => observer.next(event));
    const [start, step] = lines();
    expect(lines().map(({ kind }) => kind)).toEqual(['start', 'step', 'step', 'end']);
    expect(start).toMatchObject({ seeds: [3, 4], nfe: 0, totalNfe: 2 });
    expect(step).toMatchObject({ index: 0, from: { t: 1, lambda: null }, live: { 'guidance.scale': 2 } });
    expect(lines().some((line) => 'x' in line || 'denoised' in line)).toBe(false);
  });

  it('names live values that are no plain data', () => {
    const { observer, lines } = record();
    const [, step] = sampleEvents(1);
    const live = {
      mask: new Float32Array(9),
      big: 1n,
      none: null,
      plain: Object.assign(Object.create(null), { a: 1 }),
    };
    observer.next({ ...trainEvents(1)[1], live } as RunEvent);
    expect(step).toBeDefined();
    expect(lines()[0]).toMatchObject({ live: { mask: '[Float32Array]', big: 'bigint', none: null, plain: { a: 1 } } });
  });

  it('ends a failed run with its error', () => {
    const { observer, lines } = record();
    observer.error?.(new DiffusionError('RXD_ABORTED', { problem: 'stopped.', fix: 'none needed' }));
    observer.error?.('text');
    expect(lines()).toMatchObject([
      { kind: 'error', code: 'RXD_ABORTED' },
      { kind: 'error', message: 'text' },
    ]);
  });

  it('never throws', () => {
    const broken = jsonLines({
      write: () => {
        throw new Error('disk full');
      },
    });
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(() => broken.next(trainEvents(1)[0] as RunEvent)).not.toThrow();
    expect(() => record().observer.next({ ...trainEvents(1)[0], live: circular } as RunEvent)).not.toThrow();
  });

  it('is a plugin', async () => {
    expect(await jsonLinesObserver.create({ config: jsonLinesObserver.config.parse({}) })).toHaveProperty('next');
  });
});
