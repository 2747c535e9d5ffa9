import { parseArgs } from 'node:util';
import type { Benchmark } from '../figures.js';
import { digitTables } from './digit-figures.js';
import { exactEvery, exactTables } from './exact-figures.js';
import { writeTables } from './page.js';
import type { Table } from './table.js';

/**
 * What the figures of docs/choosing-a-sampler.md are from: error and distance against network calls on exact mixtures
 * (word `exact`), and Frechet distance on the digit model against network calls (word `digits`) and on every grid (`digits-grids`).
 * Of docs/samplers-on-grids.md: every sampler on every grid (`exact-every`, and `digits-every`, which takes half an hour).
 *
 * Options: `--write docs` puts tables and plots into the page, `--checkpoint`, `--samples`, `--calls 5,10,20`
 * and `--grid` choose the digits' runs.
 */
export const solvers: Benchmark = async (words) => {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      write: { type: 'string' },
      checkpoint: { type: 'string', default: 'out/checkpoint-00001700.safetensors' },
      samples: { type: 'string', default: '200' },
      calls: { type: 'string', default: '5,10,20' },
      grid: { type: 'string', default: 'trailing' },
    },
  });
  const wanted = positionals.length > 0 ? positionals : ['exact', 'digits', 'digits-grids'];
  const tables: Table[] = [];
  if (wanted.includes('exact')) tables.push(...(await exactTables()));
  if (wanted.includes('exact-every')) tables.push(await exactEvery());
  if (wanted.some((word) => word.startsWith('digits'))) {
    const calls = values.calls.split(',').map(Number);
    tables.push(...(await digitTables({ ...values, samples: Number(values.samples), calls, tables: wanted })));
  }
  if (values.write !== undefined) await writeTables(values.write, tables);
  return tables.flatMap(({ name, rows }) => rows.map((each) => ({ table: name, ...each })));
};
