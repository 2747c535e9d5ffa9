/** A line of a plot; points without a positive figure are left out. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Drawn in colour with its name beside it; else thin and grey. */
  readonly shown: boolean;
}

const COLOURS = ['#2563eb', '#d95319', '#168c5a', '#8c46be', '#b45309', '#0e7490', '#be123c'];
const [WIDTH, HEIGHT] = [760, 440];
const AREA = { left: 70, right: 600, top: 50, bottom: 390 };
const GAP = 16;

/** A plot with logarithmic axes as SVG text. */
export function logPlot(title: string, yLabel: string, lines: readonly Line[]): string {
  const usable = lines.map((line) => ({ ...line, points: line.points.filter(([, y]) => y > 0) }));
  const [xs, ys] = [0, 1].map((axis) =>
    usable.flatMap(({ points }) => points.map((point) => point[axis] as number)),
  ) as [number[], number[]];
  const x = axisOf(xs, AREA.left, AREA.right);
  const y = axisOf(ys, AREA.bottom, AREA.top);
  const shown = usable.filter((line) => line.shown && line.points.length > 0);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    text(AREA.left, 26, title, 'font-size="15" font-weight="bold"'),
    text((AREA.left + AREA.right) / 2, HEIGHT - 12, 'network calls', 'text-anchor="middle" fill="#555"'),
    text(AREA.left, 43, yLabel, 'fill="#555"'),
    ...powers(ys).map((tick) => rule(AREA.left, y(tick), AREA.right, y(tick), tick)),
    ...[...new Set(xs)].map((tick) =>
      text(x(tick), AREA.bottom + 18, String(tick), 'text-anchor="middle" fill="#555"'),
    ),
    ...usable.filter((line) => !line.shown).map(({ points }) => polyline(points, x, y, '#c9cdd3', 1)),
    ...shown.map(({ points }, k) => polyline(points, x, y, COLOURS[k % COLOURS.length] ?? '#000', 2.2)),
    ...names(shown, y),
    '</svg>',
    '',
  ].join('\n');
}

type Axis = (value: number) => number;

function axisOf(values: readonly number[], start: number, end: number): Axis {
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  return (value) => Number((start + ((Math.log(value) - low) / (high - low || 1)) * (end - start)).toFixed(1));
}

function powers(values: readonly number[]): readonly number[] {
  const [low, high] = [Math.log10(Math.min(...values)), Math.log10(Math.max(...values))];
  const factors = high - low > 2 ? [1] : [1, 2, 5];
  const whole = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, i) => Math.floor(low) + i);
  return whole
    .flatMap((power) => factors.map((factor) => factor * 10 ** power))
    .filter((tick) => Math.log10(tick) >= low && Math.log10(tick) <= high);
}

function rule(x1: number, y1: number, x2: number, y2: number, tick: number): string {
  const label = tick >= 0.01 && tick < 1000 ? String(Number(tick.toPrecision(2))) : tick.toExponential(0);
  return `<path d="M${x1} ${y1}H${x2}" stroke="#e5e7eb"/>${text(x1 - 8, y2 + 4, label, 'text-anchor="end" fill="#555"')}`;
}

function polyline(points: Line['points'], x: Axis, y: Axis, colour: string, width: number): string {
  const places = points.map((point) => `${x(point[0])},${y(point[1])}`).join(' ');
  return `<polyline points="${places}" fill="none" stroke="${colour}" stroke-width="${width}"/>`;
}

/** Names at the ends of their lines, moved where two would overlap. */
function names(lines: readonly Line[], y: Axis): readonly string[] {
  let above = -Infinity;
  const placed = lines
    .map(({ name, points }, k) => ({ name, k, at: y(points.at(-1)?.[1] ?? 1) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ name, k, at }) => ({ name, k, at: (above = Math.max(at + 4, above + GAP)) }));
  const over = Math.max(0, above - AREA.bottom);
  return placed.map(({ name, k, at }) =>
    text(AREA.right + 8, Math.round(at - over), name, `fill="${COLOURS[k % COLOURS.length]}"`),
  );
}

function text(x: number, y: number, words: string, rest: string): string {
  return `<text x="${x}" y="${y}" ${rest}>${words}</text>`;
}
