import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { bundleSuite, loadSuite } from './bundle.js';
import { Jasmine } from './jasmine.js';
import type { Outcome } from './report.js';

/**
 * Runs tfjs-core's own tests on a backend that tfjs has a factory for; they reset tfjs's engine often, and the factory
 * makes the backend anew. Once a process: tests are bound to the backend as they are imported.
 *
 * @param part - part of the names of the tests to run; all where it is empty
 */
export async function runSuite(backendName: string, part: string): Promise<readonly Outcome[]> {
  const jasmine = new Jasmine((name) => name.replace(` ${backendName} {}`, ''));
  const environment = { name: backendName, backendName, isDataSync: true };
  Object.assign(globalThis, jasmine.globals(), { tfjsCoreEnvironments: [environment] });
  tf.env().set('IS_TEST', true);
  await load();
  const outcomes: Outcome[] = [];
  await silently(() =>
    jasmine.run(
      (name) => name.includes(part),
      (outcome) => outcomes.push(outcome),
    ),
  );
  return outcomes;
}

async function load(): Promise<void> {
  const { stackTraceLimit } = Error;
  const folder = await mkdtemp(join(tmpdir(), 'tfjs-core-suite-'));
  try {
    loadSuite(await bundleSuite(folder));
  } finally {
    await rm(folder, { recursive: true });
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Without what tests and tfjs print. */
async function silently(work: () => Promise<void>): Promise<void> {
  const { log, warn, error } = console;
  const nothing = (): void => undefined;
  Object.assign(console, { log: nothing, warn: nothing, error: nothing });
  try {
    await work();
  } finally {
    Object.assign(console, { log, warn, error });
  }
}
