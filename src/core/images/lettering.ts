import { drawLine, type Canvas, type Colour, type Point } from './strokes.js';

/**
 * A single-line alphabet on a grid: each stroke is a row of points, two digits (x, y) each. Capitals and digits are 4
 * wide and stand on y = 6 with their tops at 0; small letters are 3 wide with their tops at 2; tails reach down to 8.
 */
const GLYPHS: Readonly<Record<string, string>> = {
  '0': '102031352616050110',
  '1': '012026',
  '2': '01103041420646',
  '3': '01103041423323 334445361605',
  '4': '36300444',
  '5': '400003334445361605',
  '6': '413010010516364544331304',
  '7': '004016',
  '8': '103041423313020110 1304051636454433',
  '9': '051636454130100102133342',
  A: '062046 1434',
  B: '0006 003041423303 3344453606',
  C: '4130100105163645',
  D: '0006 002042442606',
  E: '40000646 0333',
  F: '400006 0333',
  G: '4130100105163645 454323',
  H: '0006 4046 0343',
  I: '0006',
  J: '3035261605',
  K: '0006 4004 1346',
  L: '000646',
  M: '0600234046',
  N: '06004640',
  O: '103041453616050110',
  P: '06003041423303',
  Q: '103041453616050110 2446',
  R: '06003041423303 2346',
  S: '413010010213334445361605',
  T: '0040 2026',
  U: '000516364540',
  V: '002640',
  W: '0016223640',
  X: '0046 4006',
  Y: '002340 2326',
  Z: '00400646',
  a: '3322120305162635 3236',
  b: '0006 0312223335261605',
  c: '3322120305162635',
  d: '3322120305162635 3036',
  e: '04343322120305162635',
  f: '30201116 0232',
  g: '3322120305162635 3237281807',
  h: '0006 0312223336',
  i: '0206 0000',
  j: '121708 1010',
  k: '0006 3204 1336',
  l: '000516',
  m: '0206 03122326 23324346',
  n: '0206 0312223336',
  o: '122233352616050312',
  p: '0208 0312223335261605',
  q: '3322120305162635 3238',
  r: '0206 031222',
  s: '3322120335261605',
  t: '101526 0222',
  u: '0205162635 3236',
  v: '022642',
  w: '0216233642',
  x: '0236 3206',
  y: '0226 4218',
  z: '02320636',
  '.': '0606',
  ',': '0607',
  ':': '0303 0606',
  '-': '0333',
  '+': '0444 2226',
  '=': '0333 0535',
  '/': '3006',
  '%': '4006 0010110100 3545463635',
  '(': '10020416',
  ')': '00121406',
  _: '0636',
};

const UNKNOWN = '0040460600';
const SPACE = 2;
const BETWEEN = 1.6;
const CAP_HEIGHT = 6;

/** How text is set. */
export interface Lettering {
  /** Height of a capital in pixels. */
  readonly size: number;
  readonly colour: Colour;
  /** Which point of the text lies at the given x; `left` where absent. */
  readonly align?: 'left' | 'middle' | 'right';
  /** Turns the text to read upwards. */
  readonly upwards?: boolean;
  readonly bold?: boolean;
}

/** Width of a line of text in pixels, at the given height of capitals. */
export function textWidth(text: string, size: number): number {
  const units = Array.from(text).reduce((sum, letter) => sum + advance(letter), 0);
  return Math.max(0, units - BETWEEN) * (size / CAP_HEIGHT);
}

/** Draws a line of text whose baseline begins (or is centred, or ends) at the given point. */
export function drawText(canvas: Canvas, text: string, at: Point, lettering: Lettering): void {
  const { size, colour, align = 'left', upwards = false, bold = false } = lettering;
  const unit = size / CAP_HEIGHT;
  const pen = { colour, width: Math.max(1, size * (bold ? 0.19 : 0.125)) };
  let along = -textWidth(text, size) * { left: 0, middle: 0.5, right: 1 }[align];
  for (const letter of text) {
    for (const stroke of strokesOf(letter)) {
      const points = stroke.map(([x, y]): Point => {
        const [right, down] = [along + x * unit, (y - CAP_HEIGHT) * unit];
        return upwards ? [at[0] + down, at[1] - right] : [at[0] + right, at[1] + down];
      });
      drawLine(canvas, points, pen);
    }
    along += advance(letter) * unit;
  }
}

function strokesOf(letter: string): Point[][] {
  const glyph = letter === ' ' ? '' : (GLYPHS[letter] ?? UNKNOWN);
  return glyph
    .split(' ')
    .map((stroke) => (stroke.match(/../g) ?? []).map((pair) => [Number(pair[0]), Number(pair[1])]));
}

function advance(letter: string): number {
  if (letter === ' ') return SPACE + BETWEEN;
  return Math.max(...strokesOf(letter).flatMap((stroke) => stroke.map(([x]) => x))) + BETWEEN;
}
