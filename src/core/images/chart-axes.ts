import { tickText, type Scale } from './chart-scale.js';
import { drawText } from './lettering.js';
import { drawLine, type Canvas, type Colour } from './strokes.js';

/** The rectangle inside the axes, in pixels. */
export interface PlotArea {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** What is written around the plot. */
export interface AxisTexts {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
}

const INK: Colour = [31, 41, 55];
const MUTED: Colour = [107, 114, 128];
const GRID: Colour = [229, 231, 235];
const AXIS: Colour = [156, 163, 175];

/** Leaves room for what is written: ticks always, title, labels and names of lines where there are any. */
export function plotArea(canvas: Canvas, texts: AxisTexts & { readonly names: boolean }): PlotArea {
  return {
    left: texts.yLabel ? 92.5 : 66.5,
    right: canvas.width - (texts.names ? 120.5 : 36.5),
    top: texts.title ? 66.5 : 28.5,
    bottom: canvas.height - (texts.xLabel ? 72.5 : 46.5),
  };
}

/** Draws grid, axes, ticks, title and labels. */
export function drawAxes(
  canvas: Canvas,
  area: PlotArea,
  { horizontal, vertical, title, xLabel, yLabel }: AxisTexts & { readonly horizontal: Scale; readonly vertical: Scale },
): void {
  drawRows(canvas, area, vertical);
  drawColumns(canvas, area, horizontal);
  const middle = (area.top + area.bottom) / 2;
  const centre = (area.left + area.right) / 2;
  drawText(canvas, title, [area.left, 40], { size: 16, colour: INK, bold: true });
  drawText(canvas, xLabel, [centre, canvas.height - 20], { size: 11, colour: MUTED, align: 'middle' });
  drawText(canvas, yLabel, [32, middle], { size: 11, colour: MUTED, align: 'middle', upwards: true });
}

function drawRows(canvas: Canvas, area: PlotArea, scale: Scale): void {
  for (const tick of scale.ticks) {
    const y = Math.round(area.bottom - scale.place(tick) * (area.bottom - area.top)) + 0.5;
    const ends = [[area.left, y] as const, [area.right, y] as const];
    drawLine(canvas, ends, { colour: GRID, width: 1 });
    drawText(canvas, tickText(tick), [area.left - 12, y + 5], { size: 10, colour: MUTED, align: 'right' });
  }
}

function drawColumns(canvas: Canvas, area: PlotArea, scale: Scale): void {
  const y = area.bottom;
  const ends = [[area.left, y] as const, [area.right, y] as const];
  drawLine(canvas, ends, { colour: AXIS, width: 1 });
  for (const tick of scale.ticks) {
    const x = Math.round(area.left + scale.place(tick) * (area.right - area.left)) + 0.5;
    const mark = [[x, y] as const, [x, y + 5] as const];
    drawLine(canvas, mark, { colour: AXIS, width: 1 });
    drawText(canvas, tickText(tick), [x, y + 22], { size: 10, colour: MUTED, align: 'middle' });
  }
}
