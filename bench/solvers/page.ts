import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import type { Figure } from '../figures.js';
import { heatMap } from './heat-map.js';
import { logPlot, type Line } from './plot.js';
import type { Table } from './table.js';

/** The page of a table. */
const pageOf = (name: string): string => (name.endsWith('-every') ? 'samplers-on-grids.md' : 'choosing-a-sampler.md');
/** Lines that are drawn in colour. */
const SHOWN = new Set(['ddim', 'ddpm', 'heun', 'dpmpp-2m', 'unipc', 'dpmpp-2m-sde', 'euler-ancestral']);
const PLOTS: Readonly<Record<string, readonly [title: string, yLabel: string]>> = {
  'error-1-D': ['Three Gaussians on a line', 'error: root mean square distance from the exact ODE'],
  'error-2-D': ['Six Gaussians on a circle', 'error: root mean square distance from the exact ODE'],
  'distance-1-D': ['Three Gaussians on a line', 'Wasserstein-1 distance of the samples from the data'],
  'distance-2-D': ['Six Gaussians on a circle', 'Wasserstein-1 distance of the samples from the data'],
  digits: ['The digit model', 'Frechet distance from the training images'],
};
const HEAT_MAPS: Readonly<Record<string, string>> = {
  'exact-every': 'Wasserstein-1 distance from three Gaussians on a line, 20 network calls',
  'digits-every': 'Frechet distance of digits from the training images, 20 network calls',
};

/** Puts tables between their markers in the pages of a folder of documents, and pictures into its `pictures`. */
export async function writeTables(folder: string, tables: readonly Table[]): Promise<void> {
  await mkdir(join(folder, 'pictures'), { recursive: true });
  for (const table of tables) {
    const file = join(folder, pageOf(table.name));
    const page = withTable(await readFile(file, 'utf8'), table);
    await writeFile(file, await format(page, { parser: 'markdown', printWidth: 120 }));
    const picture = pictureOf(table);
    if (picture) await writeFile(join(folder, 'pictures', `solvers-${table.name}.svg`), picture);
  }
}

function withTable(page: string, { name, rows }: Table): string {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${pageOf(name)} has no markers for ${name}`);
  return `${page.slice(0, from + begin.length)}\n\n${markdown(rows)}\n\n${page.slice(to)}`;
}

function pictureOf(table: Table): string | undefined {
  const [words, title] = [PLOTS[table.name], HEAT_MAPS[table.name]];
  if (words) return logPlot(...words, lines(table));
  return title === undefined ? undefined : heatMap(title, table.rows);
}

function markdown(rows: readonly Figure[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map((name) => row[name] ?? ''))),
  ].join('\n');
}

function lines({ rows }: Table): readonly Line[] {
  return rows.map((row) => {
    const name = String(row['sampler']);
    const points = Object.entries(row).flatMap(([column, value]): [number, number][] =>
      column.endsWith(' calls') && Number(value) > 0 ? [[Number.parseInt(column, 10), Number(value)]] : [],
    );
    return { name, points, shown: SHOWN.has(name) };
  });
}
