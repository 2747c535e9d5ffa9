import { existsSync, readFileSync } from 'node:fs';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { allAttempts } from './number-attempts.js';

/*
 * Tries every n-th attempt, from one on, and says what came of each: run as a process of its own with little memory.
 * `node … number-walk.ts FROM EVERY`; each line is JSON.
 */
const [from = 0, every = 1] = process.argv.slice(2).map(Number);
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

for (const [index, { name, key, run }] of allAttempts().entries()) {
  if (index % every !== from) continue;
  say({ begins: name });
  const began = performance.now();
  const wrong = await faultOf(key, run);
  say({ name, ms: Math.round(performance.now() - began), ...wrong });
}
// On Linux `maxRSS` begins with the size of the process that started this one.
const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
const most = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
say({ done: true, megabytes: Math.round(most / 1024) });
process.exit(0);

/** Nothing where the attempt ran or was refused as it should be. */
async function faultOf(key: string, run: () => Promise<void>): Promise<{ wrong?: string; refused?: boolean }> {
  try {
    await run();
    return {};
  } catch (error) {
    if (!(error instanceof DiffusionError)) return { wrong: `not typed: ${String(error)}` };
    const isNamed = error.code !== 'RXD_PLUGIN_CONFIG' || plain(error.message).includes(plain(key)) || isOfWhole(error);
    return isNamed ? { refused: true } : { wrong: `does not name ${key}: ${error.message}` };
  }
}

/** Numbers that are allowed one by one may make a whole that is not, or one that is another plugin's number: it says what. */
function isOfWhole({ problem, got = '' }: DiffusionError): boolean {
  return problem.includes('the signal of this schedule') || got.includes('tMin') || got.includes('corrections');
}

/** `beta_start` of a scheduler is `betaStart` of a schedule. */
function plain(text: string): string {
  return text.replaceAll('_', '').toLowerCase();
}
