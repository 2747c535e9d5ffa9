import { describe, expect, it } from 'vitest';
import { drawText, textWidth } from '../../../src/core/images/lettering.js';
import { blankCanvas } from '../../../src/core/images/strokes.js';

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,:-+=/%()_';

function drawn(text: string, upwards = false): string {
  const canvas = blankCanvas(40, 40, [255, 255, 255]);
  drawText(canvas, text, [20, 20], { size: 12, colour: [0, 0, 0], align: 'middle', upwards });
  return canvas.data.join();
}

describe('drawText', () => {
  it('draws every letter, each another way', () => {
    const pictures = new Set(`${LETTERS}?`.split('').map((letter) => drawn(letter)));
    expect(pictures.size).toBe(LETTERS.length + 1);
    expect(pictures.has(drawn(' '))).toBe(false);
  });

  it('turns text upwards', () => {
    expect(drawn('L', true)).not.toBe(drawn('L'));
  });

  it('knows its width', () => {
    expect(textWidth('', 12)).toBe(0);
    expect(textWidth('T', 12)).toBeCloseTo(8, 12);
    expect(textWidth('TT', 12)).toBeCloseTo(8 + 8 + 3.2, 12);
  });
});
