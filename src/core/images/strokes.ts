/** A point in pixels, x to the right, y down; pixel centres lie at halves. */
export type Point = readonly [x: number, y: number];

/** Red, green, blue, 0 … 255. */
export type Colour = readonly [number, number, number];

/** How a line is drawn. */
export interface Pen {
  readonly colour: Colour;
  /** Width in pixels. */
  readonly width: number;
  /** 0 is invisible, 1 covers. */
  readonly opacity?: number;
}

/** An RGB picture to draw on. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** `height * width * 3` bytes. */
  readonly data: Uint8Array;
}

/** A canvas of one colour. */
export function blankCanvas(width: number, height: number, colour: Colour): Canvas {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i += 3) data.set(colour, i);
  return { width, height, data };
}

/**
 * Draws connected straight lines with round ends and joints, antialiased by the distance of each pixel's centre. The
 * whole line is blended once, so a translucent one does not darken where its parts overlap.
 */
export function drawLine(canvas: Canvas, points: readonly Point[], pen: Pen): void {
  const coverage = new Map<number, number>();
  points.slice(1).forEach((to, i) => cover(coverage, canvas, points[i] ?? to, to, pen.width / 2));
  for (const [pixel, share] of coverage) blend(canvas, pixel, pen.colour, share * (pen.opacity ?? 1));
}

function cover(coverage: Map<number, number>, canvas: Canvas, a: Point, b: Point, radius: number): void {
  const reach = radius + 1;
  const top = Math.max(0, Math.floor(Math.min(a[1], b[1]) - reach));
  const bottom = Math.min(canvas.height - 1, Math.ceil(Math.max(a[1], b[1]) + reach));
  const left = Math.max(0, Math.floor(Math.min(a[0], b[0]) - reach));
  const right = Math.min(canvas.width - 1, Math.ceil(Math.max(a[0], b[0]) + reach));
  for (let y = top; y <= bottom; y += 1) {
    for (let x = left; x <= right; x += 1) {
      const share = Math.min(1, radius + 0.5 - distance([x + 0.5, y + 0.5], a, b));
      const pixel = y * canvas.width + x;
      if (share > (coverage.get(pixel) ?? 0)) coverage.set(pixel, share);
    }
  }
}

/** From a point to the segment between `a` and `b`. */
function distance(point: Point, a: Point, b: Point): number {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const square = dx * dx + dy * dy;
  const along = square === 0 ? 0 : ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / square;
  const nearest = Math.min(1, Math.max(0, along));
  return Math.hypot(point[0] - a[0] - nearest * dx, point[1] - a[1] - nearest * dy);
}

function blend(canvas: Canvas, pixel: number, colour: Colour, share: number): void {
  for (let channel = 0; channel < 3; channel += 1) {
    const at = pixel * 3 + channel;
    const under = canvas.data[at] ?? 0;
    canvas.data[at] = Math.round(under + share * ((colour[channel] ?? 0) - under));
  }
}
