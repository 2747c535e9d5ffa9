import { describe, expect, it } from 'vitest';
import { lineChart } from '../../../src/core/images/chart.js';
import type { PixelImages } from '../../../src/core/contracts/images.js';

const BLUE = [37, 99, 235];

/** Heights (in pixels from the top) at which a column holds exactly this colour. */
function rowsOf(chart: PixelImages, column: number, colour: readonly number[]): number[] {
  const [, height, width] = chart.shape;
  return Array.from({ length: height }, (_, y) => y).filter((y) =>
    colour.every((value, c) => chart.data[(y * width + column) * 3 + c] === value),
  );
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('lineChart', () => {
  it('puts values where they belong: a straight line falls by equal steps', () => {
    const y = Array.from({ length: 101 }, (_, i) => 1 - i / 100);
    const chart = lineChart([{ name: 'loss', x: y.map((_, i) => i), y, smooth: 1 }], { width: 400, height: 300 });
    expect(chart.shape).toEqual([1, 300, 400, 3]);
    const [a, b, c] = [100, 200, 300].map((column) => mean(rowsOf(chart, column, BLUE)));
    expect((b ?? 0) - (a ?? 0)).toBeCloseTo((c ?? 0) - (b ?? 0), 0);
    expect((c ?? 0) - (a ?? 0)).toBeGreaterThan(120);
    expect([...chart.data.slice(0, 3)]).toEqual([255, 255, 255]);
  });

  it('does not shift a line by smoothing it', () => {
    const y = Array.from({ length: 400 }, (_, i) => 1 + i / 100 + (i % 2 ? 0.4 : -0.4));
    const straight = y.map((_, i) => 1 + i / 100);
    const smooth = lineChart(
      [
        { name: 'a', y, smooth: 40 },
        { name: 'b', y: straight, smooth: 1 },
      ],
      { width: 500 },
    );
    const [own, plain] = [rowsOf(smooth, 250, BLUE), rowsOf(smooth, 250, [217, 83, 25])];
    expect(Math.abs(mean([...own, ...plain]) - mean(plain))).toBeLessThan(2);
    expect(rowsOf(smooth, 250, [255, 255, 255]).length).toBeGreaterThan(0);
  });

  it('counts places from 1, and leaves out what is not finite', () => {
    const drawn = (y: number[], x?: number[]) =>
      Buffer.from(lineChart([{ name: 'loss', y, ...(x ? { x } : {}) }]).data);
    expect(drawn([3, 2, 1]).equals(drawn([3, 2, 1], [1, 2, 3]))).toBe(true);
    expect(drawn([3, Number.NaN, 1]).equals(drawn([3, 1], [1, 3]))).toBe(true);
    expect(drawn([3, 2, 1]).equals(drawn([3, 2, 1], [1, 2, 4]))).toBe(false);
  });

  it('writes its title', () => {
    const titled = (title: string) => lineChart([{ name: 'loss', y: [3, 2, 1] }], { title }).data;
    expect(titled('loss')).not.toEqual(titled('Loss'));
  });

  it.each([[[5]], [[2, 2, 2]], [[Number.NaN, 1, Number.POSITIVE_INFINITY, 0.5]], [[-1, 1e-30, 1e30]]])(
    'draws the odd series %j on both scales',
    (y) => {
      for (const yScale of ['linear', 'log'] as const) {
        const { data } = lineChart([{ name: 'odd', y }], { yScale, width: 200, height: 150 });
        expect(data.some((value, i) => i % 3 === 2 && value > 230 && (data[i - 2] ?? 255) < 60)).toBe(true);
      }
    },
  );

  it('refuses to draw nothing', () => {
    const nothing = expect.objectContaining({ code: 'RXD_IMAGES_INVALID' }) as Error;
    expect(() => lineChart([])).toThrow(nothing);
    expect(() => lineChart([{ name: 'a', y: [Number.NaN] }])).toThrow(nothing);
    expect(() => lineChart([{ name: 'a', y: [0, -1] }], { yScale: 'log' })).toThrow(nothing);
  });
});
