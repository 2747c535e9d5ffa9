import { describe, expect, it } from 'vitest';
import { tileImages } from '../../../src/core/images/sheet.js';

describe('tileImages', () => {
  it('places images row by row and fills gaps and empty places', () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const sheet = tileImages({ kind: 'pixels', shape: [3, 1, 2, 1], data }, { columns: 2, gap: 1, background: 9 });
    expect(sheet.shape).toEqual([1, 5, 7, 1]);
    const rows = Array.from({ length: 5 }, (_, y) => [...sheet.data.slice(7 * y, 7 * y + 7)]);
    expect(rows).toEqual([
      [9, 9, 9, 9, 9, 9, 9],
      [9, 1, 2, 9, 3, 4, 9],
      [9, 9, 9, 9, 9, 9, 9],
      [9, 5, 6, 9, 9, 9, 9],
      [9, 9, 9, 9, 9, 9, 9],
    ]);
  });

  it('keeps floats and channels', () => {
    const data = Float32Array.of(0.5, -0.5, 1, 0.25, -0.25, -1);
    const sheet = tileImages({ kind: 'float', shape: [2, 1, 1, 3], data }, { columns: 1, gap: 0, background: 0 });
    expect(sheet).toEqual({ kind: 'float', shape: [1, 2, 1, 3], data });
  });
});

describe('images that cannot be laid out', () => {
  const images = { kind: 'pixels', shape: [2, 1, 1, 1], data: Uint8Array.of(1, 2) } as const;
  it.each([
    { columns: 0, gap: 0, background: 0 },
    { columns: Number.NaN, gap: 0, background: 0 },
    { columns: 1, gap: -1, background: 0 },
  ])('%j is refused', (layout) => {
    expect(() => tileImages(images, layout)).toThrow(/RXD_IMAGES_INVALID/);
  });

  it('a sheet that memory does not hold is refused', () => {
    expect(() => tileImages(images, { columns: 2 ** 40, gap: 0, background: 0 })).toThrow(/RXD_MEMORY_LIMIT[^]*MB/);
  });

  it('the frames of a film are no images of a batch', () => {
    const film = { kind: 'pixels', shape: [1, 2, 1, 1, 1], data: Uint8Array.of(1, 2) };
    expect(() => tileImages(film as unknown as typeof images, { columns: 1, gap: 0, background: 0 })).toThrow(
      /RXD_IMAGES_INVALID[^]*\[1, 2, 1, 1, 1\]/,
    );
  });
});
