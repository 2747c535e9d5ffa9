import type { Figure } from '../figures.js';

const CELL = { width: 50, height: 18 };
const [LEFT, TOP] = [150, 140];
/** From good to bad: hues from green to red. */
const [GOOD, BAD] = [150, 0];
/** Figures this many times the best are as red as it gets. */
const SPAN = 100;

/** Figures of samplers (rows) on grids (columns) as coloured cells, in SVG text; the colour is logarithmic. */
export function heatMap(title: string, rows: readonly Figure[]): string {
  const grids = Object.keys(rows[0] ?? {}).filter((column) => column !== 'sampler');
  const figures = rows.flatMap((row) => grids.map((grid) => Number(row[grid])));
  const best = Math.min(...figures.filter((figure) => figure > 0));
  const [width, height] = [LEFT + grids.length * CELL.width + 70, TOP + rows.length * CELL.height + 20];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<text x="20" y="26" font-size="15" font-weight="bold">${title}</text>`,
    ...grids.map((grid, i) => {
      const [x, y] = [LEFT + (i + 0.6) * CELL.width, TOP - 8];
      return `<text x="${x}" y="${y}" transform="rotate(-45 ${x} ${y})">${grid}</text>`;
    }),
    ...rows.flatMap((row, k) => [
      `<text x="${LEFT - 8}" y="${TOP + k * CELL.height + 13}" text-anchor="end">${row['sampler']}</text>`,
      ...grids.map((grid, i) => cell(String(row[grid]), best, LEFT + i * CELL.width, TOP + k * CELL.height)),
    ]),
    '</svg>',
    '',
  ].join('\n');
}

function cell(figure: string, best: number, x: number, y: number): string {
  const share = Math.min(1, Math.max(0, Math.log(Number(figure) / best) / Math.log(SPAN)));
  const colour = Number.isNaN(share) ? '#f3f4f6' : `hsl(${Math.round(GOOD + share * (BAD - GOOD))} 65% 80%)`;
  const [width, height] = [CELL.width - 1, CELL.height - 1];
  return (
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${colour}"/>` +
    `<text x="${x + width / 2}" y="${y + 13}" text-anchor="middle">${figure}</text>`
  );
}
