import type { PixelImages } from '../contracts/images.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { drawAxes, plotArea, type PlotArea } from './chart-axes.js';
import { linearScale, logScale, type Scale } from './chart-scale.js';
import { drawText } from './lettering.js';
import { blankCanvas, drawLine, type Canvas, type Colour, type Point } from './strokes.js';

/** One line of a chart. */
export interface ChartSeries {
  /** Written beside the end of the line, where there are several. */
  readonly name: string;
  readonly y: readonly number[];
  /** Places along the horizontal axis; 1, 2, 3, … where absent. */
  readonly x?: readonly number[];
  readonly colour?: Colour;
  /**
   * Number of points over which the line is smoothed (two centred moving averages, each half as wide); the raw line
   * stays, faint. 1 draws the raw line only; a twentieth of the points where absent.
   */
  readonly smooth?: number;
}

/** How `lineChart` draws. */
export interface ChartOptions {
  /** Pixels. */
  readonly width?: number;
  readonly height?: number;
  readonly title?: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
  /** `log` needs positive values. */
  readonly yScale?: 'linear' | 'log';
}

const COLOURS: readonly Colour[] = [
  [37, 99, 235],
  [217, 83, 25],
  [22, 140, 90],
  [140, 70, 190],
];
const INK: Colour = [31, 41, 55];

/**
 * A line chart as one RGB picture `[1, height, width, 3]`, drawn without any font or graphics library. Points that are
 * not finite (or not positive on a log axis) are left out.
 *
 * @throws DiffusionError `RXD_IMAGES_INVALID` if no point is left to draw.
 */
export function lineChart(series: readonly ChartSeries[], options: ChartOptions = {}): PixelImages {
  const { width = 960, height = 540, title = '', xLabel = '', yLabel = '', yScale = 'linear' } = options;
  const lines = series
    .map((one, i) => readLine(one, COLOURS[i % COLOURS.length] ?? INK, yScale === 'log'))
    .filter(hasPoints);
  if (lines.length === 0) throw nothingToDraw(series.length);
  const canvas = blankCanvas(width, height, [255, 255, 255]);
  const area = plotArea(canvas, { title, xLabel, yLabel, names: lines.length > 1 });
  const horizontal = horizontalScale(lines);
  const vertical = verticalScale(lines, yScale);
  drawAxes(canvas, area, { horizontal, vertical, title, xLabel, yLabel });
  const place = ([x, y]: Point): Point => [
    area.left + horizontal.place(x) * (area.right - area.left),
    area.bottom - Math.min(1.02, Math.max(0, vertical.place(y))) * (area.bottom - area.top),
  ];
  for (const line of lines) drawSeries(canvas, line, place);
  if (lines.length > 1) drawNames(canvas, lines, area, place);
  return { kind: 'pixels', shape: [1, height, width, 3], data: canvas.data };
}

interface Line {
  readonly name: string;
  readonly colour: Colour;
  readonly raw: readonly Point[];
  readonly smoothed: readonly Point[];
}

function readLine({ name, x, y, colour, smooth }: ChartSeries, fallback: Colour, log: boolean): Line {
  const least = log ? 0 : Number.NEGATIVE_INFINITY;
  const raw = y
    .map((value, i): Point => [x?.[i] ?? i + 1, value])
    .filter(([place, value]) => Number.isFinite(place) && Number.isFinite(value) && value > least);
  const reach = Math.floor((smooth ?? raw.length / 20) / 4);
  return { name, colour: colour ?? fallback, raw, smoothed: reach < 1 ? raw : averaged(averaged(raw, reach), reach) };
}

/** Each value becomes the mean of those at most `reach` places away. */
function averaged(points: readonly Point[], reach: number): Point[] {
  const sums = [0];
  for (const [, y] of points) sums.push((sums.at(-1) ?? 0) + y);
  return points.map(([x], i) => {
    const [from, to] = [Math.max(0, i - reach), Math.min(points.length, i + reach + 1)];
    return [x, ((sums[to] ?? 0) - (sums[from] ?? 0)) / (to - from)];
  });
}

function hasPoints({ raw }: Line): boolean {
  return raw.length > 0;
}

function horizontalScale(lines: readonly Line[]): Scale {
  const values = lines.flatMap(({ raw }) => raw.map(([x]) => x));
  const [low, high] = extent(values);
  return linearScale(low <= 1 && high > 10 ? Math.min(0, low) : low, high, 7);
}

/** The axis shows all of the smoothed lines and 99 % of the raw points: one wild value must not flatten the rest. */
function verticalScale(lines: readonly Line[], kind: 'linear' | 'log'): Scale {
  const smooth = lines.flatMap(({ smoothed }) => smoothed.map(([, y]) => y));
  const raw = lines.flatMap(({ raw }) => raw.map(([, y]) => y)).toSorted((a, b) => a - b);
  const cut = Math.floor(raw.length * 0.01);
  const [low, high] = extent([...smooth, ...raw.slice(cut, raw.length - cut)]);
  if (kind === 'log') return logScale(low / 1.1, high * 1.1);
  const floor = low >= 0 && low < high / 2 ? 0 : low - (high - low) * 0.05;
  return linearScale(floor, high + (high - floor) * 0.05, 6);
}

function extent(values: readonly number[]): readonly [low: number, high: number] {
  return values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

function drawSeries(canvas: Canvas, { raw, smoothed, colour }: Line, place: (point: Point) => Point): void {
  const visible = raw === smoothed ? [] : raw.map(place);
  drawLine(canvas, visible, { colour, width: 1.2, opacity: 0.28 });
  const line = smoothed.map(place);
  drawLine(canvas, line.length === 1 ? [...line, ...line] : line, { colour, width: 2.6 });
}

function drawNames(canvas: Canvas, lines: readonly Line[], area: PlotArea, place: (point: Point) => Point): void {
  let above = Number.NEGATIVE_INFINITY;
  const ends = lines.map((line) => ({ ...line, y: place(line.smoothed.at(-1) ?? [0, 0])[1] }));
  for (const { name, colour, y } of ends.toSorted((a, b) => a.y - b.y)) {
    above = Math.max(y + 5, above + 20);
    drawText(canvas, name, [area.right + 10, above], { size: 11, colour });
  }
}

function nothingToDraw(count: number): DiffusionError {
  return new DiffusionError('RXD_IMAGES_INVALID', {
    problem: 'a chart has no point to draw.',
    got: `${count} series without a finite point`,
    expected: 'at least one finite number (positive on a log axis)',
    fix: 'draw the chart after the first step.',
  });
}
