import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { full } from '../../effort.js';

const PROGRAM = fileURLToPath(new URL('checkout-program.ts', import.meta.url));

/** What is started, in this order. */
const STARTED = full ? ['engine', 'device'] : ['engine'];

it('in a checkout, threads read TypeScript', async () => {
  const words = ['--import', 'tsx', '--conditions=source', PROGRAM, ...STARTED.slice(-1)];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  expect(stdout.trim().split('\n')).toEqual(STARTED);
});
