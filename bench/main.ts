import { writeFile } from 'node:fs/promises';
import { cache } from './cache.js';
import { bundle } from './bundle.js';
import { differences } from './differences.js';
import { digits } from './digits.js';
import { engine } from './engine/engine.js';
import { order } from './order.js';
import { overhead } from './overhead.js';
import { soak } from './soak/soak.js';
import { real } from './real/real.js';
import { requests } from './requests.js';
import { solvers } from './solvers/solvers.js';
import { stepCost } from './step-cost.js';
import { strongOrder } from './strong-order.js';
import type { Benchmark } from './figures.js';

/** The benchmarks by name: `npm run bench -- NAME [--json FILE] [words of its own]`. */
const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  cache,
  bundle,
  differences,
  overhead,
  order,
  digits,
  engine,
  real,
  requests,
  soak,
  solvers,
  'step-cost': stepCost,
  'strong-order': strongOrder,
};

const [name = '', ...words] = process.argv.slice(2);
const benchmark = BENCHMARKS[name];
if (benchmark === undefined) {
  console.error(`no benchmark '${name}'; there are ${Object.keys(BENCHMARKS).join(', ')}`);
  process.exitCode = 2;
} else {
  const at = words.indexOf('--json');
  const file = at < 0 ? undefined : words[at + 1];
  const figures = await benchmark(at < 0 ? words : words.filter((_, index) => index !== at && index !== at + 1));
  console.table(figures);
  if (file !== undefined) await writeFile(file, `${JSON.stringify({ benchmark: name, figures }, undefined, 2)}\n`);
}
