import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { builtSource } from '../built-source.js';
import { full, times } from '../effort.js';
import { figure } from '../figure.js';
import { dice } from './tiny-pipeline.js';

const PROGRAM = fileURLToPath(new URL('ending-program.mjs', import.meta.url));

/** How the program is ended while ONNX Runtime computes, and what it leaves then: a status, or the signal that ended it. */
const ENDS = {
  exit: 7,
  thrown: 1,
  'terminated-thread': 7,
  SIGTERM: 'SIGTERM',
  SIGHUP: 'SIGHUP',
  'exit-above-thread': 7,
  'exit-of-thread': 7,
  rejected: 1,
} as const;

/** Runs before the last end that a program closes, each in a native call; in `npm test` the first program alone. */
const closesOf = (program: number): number => (full ? 3 : program === 0 ? 2 : 0);

/** A process that is still there then stays for good. */
const STAYS_MS = 60_000;

/** One program: it closes devices and pipelines at random moments, and is ended at one. */
async function ended(how: keyof typeof ENDS, seed: number, closes: number) {
  const words = [builtSource('node.ts'), builtSource('index.ts'), how, String(seed), String(closes)];
  const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  child.stdout.on('data', (chunk) => {
    if (how.startsWith('SIG') && String(chunk).includes('end me')) child.kill(how as NodeJS.Signals);
  });
  const late = setTimeout(() => child.kill('SIGKILL'), STAYS_MS);
  const [said, [status, signal]] = await Promise.all([text(child.stderr), exited]);
  clearTimeout(late);
  return { left: signal ?? status, said };
}

it('random ends during native work: no abort, no process that stays', async () => {
  const random = dice('ends');
  const hows = Object.keys(ENDS) as (keyof typeof ENDS)[];
  const programs = times(4, 64);
  const counts = { ends: 0, aborts: 0, stays: 0 };
  for (let program = 0; program < programs; program += 2) {
    const pair = [program, program + 1].map((one) => ({ how: hows[one % hows.length]!, closes: closesOf(one) }));
    for (const [index, { left, said }] of (
      await Promise.all(pair.map(({ how, closes }) => ended(how, random(0, 1e6), closes)))
    ).entries()) {
      const { how, closes } = pair[index]!;
      counts.ends += how.endsWith('thread') ? 1 : closes + 1;
      if (left === 'SIGABRT' || left === 134) counts.aborts++;
      if (left === 'SIGKILL') counts.stays++;
      expect(left, `${how}: ${said}`).toBe(ENDS[how]);
    }
  }
  figure('R9', `${counts.ends} random ends during native work, ${counts.aborts} aborts, ${counts.stays} left running`);
  expect(counts.aborts + counts.stays).toBe(0);
}, 1_200_000);
