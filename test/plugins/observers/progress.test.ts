import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/core/contracts/observer.js';
import { duration, progressLine } from '../../../src/plugins/observers/progress-line.js';
import { progress, progressBar, type ProgressOptions } from '../../../src/plugins/observers/progress.js';
import { sampleEvents, trainEvents } from './events.js';

/** What a bar writes while an event comes every `stepMs`. */
function written(events: readonly RunEvent[], stepMs: number, options: ProgressOptions): string[] {
  const texts: string[] = [];
  let time = 0;
  const observer = progressBar({ write: (text) => texts.push(text), now: () => time, width: 100, ...options });
  for (const event of events) {
    observer.next(event);
    time += stepMs;
  }
  observer.complete?.();
  return texts;
}

describe('progress on a terminal', () => {
  it('draws one line in place: bar, steps, loss, rate, time left', () => {
    const texts = written(trainEvents(10), 500, { isTTY: true });
    expect(
      texts.slice(0, -1).every((text) => text.startsWith('\r') && text.endsWith('\u001b[K') && !text.includes('\n')),
    ).toBe(true);
    expect(texts.at(-1)).toBe('\n');
    expect(texts[6]).toMatch(/^\rtrain a-run █{18}░{12} {2}60% {3}6\/10 {2}loss 0\.\d+ {2}2\.0 it\/s {2}ETA 0:02/);
    expect(texts.at(-2)).toMatch(/100% {2}10\/10 .* in 0:07/);
  });

  it('draws at most ten times a second, and always the end', () => {
    const texts = written(sampleEvents(1000), 1, { isTTY: true });
    expect(texts.length).toBeLessThan(15);
    expect(texts.at(-2)).toContain('100%  1000/1000');
  });

  it('shows network calls where they are not the steps', () => {
    expect(written(sampleEvents(4, 2), 200, { isTTY: true }).join('')).toContain('calls 4/8');
    expect(written(sampleEvents(4), 200, { isTTY: true }).join('')).not.toContain('calls');
  });

  it('leaves the line when a run fails', () => {
    const texts: string[] = [];
    const observer = progressBar({ write: (text) => texts.push(text), now: () => 0, isTTY: true, width: 80 });
    observer.next(trainEvents(5)[0] as RunEvent);
    observer.error?.(new Error('lost'));
    expect(texts.at(-1)).toBe('\n');
  });
});

describe('progress elsewhere', () => {
  it('writes a line every few seconds, at the start and at the end', () => {
    const lines = written(trainEvents(100), 400, { isTTY: false, every: 10 });
    expect(lines.every((line) => line.endsWith('\n') && !/[\r█]/.test(line))).toBe(true);
    expect(lines.map((line) => /(\d+)\/100/.exec(line)?.[1])).toEqual(['0', '25', '50', '75', '100', '100']);
    expect(lines[2]).toMatch(/^train a-run {2}50% {3}50\/100 {2}loss 0\.\d+ {2}2\.5 it\/s {2}ETA 0:20\n$/);
  });
});

describe('progress', () => {
  it('counts only its own steps after a resume', () => {
    const lines = written(trainEvents(1000, 990), 1000, { isTTY: false, every: 1 });
    expect(lines[1]).toMatch(/991\/1000 .* 1\.0 it\/s {2}ETA 0:09/);
  });

  it('starts afresh with each run that it watches', () => {
    const lines = written([...trainEvents(3), ...sampleEvents(2)], 6000, { isTTY: false });
    expect(lines.at(-5)).toMatch(/^train a-run 100%/);
    expect(lines.at(-4)).toBe('sample a-run   0%  0/2\n');
  });

  it('never throws', () => {
    const broken = progressBar({
      write: () => {
        throw new Error('closed pipe');
      },
    });
    for (const event of [...trainEvents(3), ...sampleEvents(3)]) expect(() => broken.next(event)).not.toThrow();
    expect(() => broken.complete?.()).not.toThrow();
  });

  it('is a plugin', async () => {
    expect(await progress.create({ config: progress.config.parse({}) })).toHaveProperty('next');
    expect(progress.config.safeParse({ every: 0 }).success).toBe(false);
  });
});

describe('progressLine', () => {
  it.each([10, 20, 30, 40, 60, 200])('never is wider than a terminal of %i columns', (width) => {
    const facts = { what: 'sample', done: 999, count: 1000, rate: 0.25, left: 4, loss: 0.123456 };
    const line = progressLine(facts, { isTTY: true, width });
    expect(line.length).toBeLessThan(width);
    expect(line.startsWith('sample'.slice(0, width - 1))).toBe(true);
    expect(line.endsWith('  loss 0.1235  4.0 s/it  ETA 0:04')).toBe(width >= 60);
  });

  it('writes durations', () => {
    expect([0, 7, 59.2, 750, 3723].map(duration)).toEqual(['0:00', '0:07', '1:00', '12:30', '1:02:03']);
  });
});
