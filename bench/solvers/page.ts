import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import type { Figure } from '../figures.js';
import type { Table } from './exact-figures.js';
import { logPlot, type Line } from './plot.js';

const PAGE = 'choosing-a-sampler.md';
/** Lines that are drawn in colour. */
const SHOWN = new Set(['ddim', 'ddpm', 'heun', 'dpmpp-2m', 'unipc', 'dpmpp-2m-sde', 'euler-ancestral']);
const PLOTS: Readonly<Record<string, readonly [title: string, yLabel: string]>> = {
  'error-1-D': ['Three Gaussians on a line', 'error: root mean square distance from the exact ODE'],
  'error-2-D': ['Six Gaussians on a circle', 'error: root mean square distance from the exact ODE'],
  'distance-1-D': ['Three Gaussians on a line', 'Wasserstein-1 distance of the samples from the data'],
  'distance-2-D': ['Six Gaussians on a circle', 'Wasserstein-1 distance of the samples from the data'],
  digits: ['The digit model', 'Frechet distance from the training images'],
};

/** Puts tables between their markers in the page of a folder of documents, and plots into its `pictures`. */
export async function writeTables(folder: string, tables: readonly Table[]): Promise<void> {
  await mkdir(join(folder, 'pictures'), { recursive: true });
  let page = await readFile(join(folder, PAGE), 'utf8');
  for (const table of tables) {
    const [begin, end] = [`<!-- begin ${table.name} -->`, `<!-- end ${table.name} -->`];
    const [from, to] = [page.indexOf(begin), page.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${PAGE} has no markers for ${table.name}`);
    page = `${page.slice(0, from + begin.length)}\n\n${markdown(table.rows)}\n\n${page.slice(to)}`;
    const words = PLOTS[table.name];
    if (words) await writeFile(join(folder, 'pictures', `solvers-${table.name}.svg`), logPlot(...words, lines(table)));
  }
  await writeFile(join(folder, PAGE), await format(page, { parser: 'markdown', printWidth: 120 }));
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
