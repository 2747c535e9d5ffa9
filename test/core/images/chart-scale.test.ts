import { describe, expect, it } from 'vitest';
import { linearScale, logScale, tickText } from '../../../src/core/images/chart-scale.js';

const texts = (ticks: readonly number[]) => ticks.map(tickText);

describe('scales', () => {
  it('tick at 1, 2 or 5 times a power of ten', () => {
    expect(texts(linearScale(0, 1.05, 6).ticks)).toEqual(['0', '0.2', '0.4', '0.6', '0.8', '1']);
    expect(texts(linearScale(0, 1100, 7).ticks)).toEqual(['0', '200', '400', '600', '800', '1000']);
    expect(texts(linearScale(-3, 3, 7).ticks)).toEqual(['-3', '-2', '-1', '0', '1', '2', '3']);
    expect(texts(linearScale(0, 60_000, 6).ticks)).toEqual(['0', '10k', '20k', '30k', '40k', '50k', '60k']);
    expect(texts(logScale(0.08, 1.2).ticks)).toEqual(['0.1', '0.2', '0.5', '1']);
    expect(texts(logScale(1e-5, 10).ticks)).toEqual(['1e-5', '1e-4', '0.001', '0.01', '0.1', '1', '10']);
  });

  it('place the ends at 0 and 1', () => {
    for (const scale of [linearScale(2, 7, 5), logScale(2, 7)]) {
      expect(scale.place(2)).toBe(0);
      expect(scale.place(7)).toBe(1);
    }
    expect(logScale(1, 100).place(10)).toBeCloseTo(0.5, 12);
  });

  it('survive an empty span', () => {
    expect(linearScale(0, 0, 5).place(0)).toBe(0);
    expect(linearScale(4, 4, 5).ticks.length).toBeGreaterThan(1);
    expect(Number.isFinite(logScale(3, 3).place(3))).toBe(true);
  });
});
