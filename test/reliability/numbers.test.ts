import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { built } from '../built-source.js';
import { times } from '../effort.js';
import { ROOT } from '../house/source-files.js';

/** One line of `number-walk.ts`. */
interface Said {
  readonly begins?: string;
  readonly name?: string;
  readonly ms?: number;
  readonly wrong?: string;
  readonly refused?: boolean;
  readonly megabytes?: number;
}

/** An attempt that says nothing for so long hangs. */
const HANGS_MS = 60_000;

/** What a process with a heap of 500 MB says of every n-th attempt, and where it died or hung. */
async function walked(from: number, every: number): Promise<readonly Said[]> {
  const words = [built('test/reliability/number-walk.ts'), String(from), String(every)];
  const child = spawn(process.execPath, ['--max-old-space-size=500', ...words], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const said: Said[] = [];
  let guard = setTimeout(() => child.kill('SIGKILL'), HANGS_MS);
  for await (const line of createInterface({ input: child.stdout })) {
    clearTimeout(guard);
    guard = setTimeout(() => child.kill('SIGKILL'), HANGS_MS);
    if (line.startsWith('{')) said.push(JSON.parse(line) as Said);
  }
  clearTimeout(guard);
  const last = said.at(-1);
  return last?.begins === undefined ? said : [...said, { wrong: `died or hung: ${last.begins}` }];
}

it(
  'every number of every config and request: refused by name, or it runs, in 500 MB',
  { timeout: 600_000 },
  async () => {
    // 29 and the number of values have no common part: all of them are tried.
    const [every, processes] = [times(29, 2), times(1, 2)];
    const said: Said[] = [];
    for (let from = 0; from < processes; from++) said.push(...(await walked(from, every)));
    const tried = said.filter(({ name }) => name !== undefined);
    const slowest = tried.reduce((most, one) => ((one.ms ?? 0) > (most.ms ?? 0) ? one : most), {} as Said);
    const refused = tried.filter((one) => one.refused === true).length;
    const megabytes = Math.max(...said.map((one) => one.megabytes ?? 0));
    console.log(
      `numbers: ${tried.length} tried, ${refused} refused by name, ${tried.length - refused} ran, ` +
        `slowest ${slowest.ms} ms (${slowest.name}), most memory ${megabytes} MB`,
    );
    expect(said.flatMap(({ name, wrong }) => (wrong === undefined ? [] : [`${name}: ${wrong}`]))).toEqual([]);
    expect(said.filter((one) => one.megabytes !== undefined)).toHaveLength(processes);
    expect(megabytes).toBeLessThan(500);
  },
);
