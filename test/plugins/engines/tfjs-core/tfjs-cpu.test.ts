import { expect, it } from 'vitest';
import { full } from '../../../effort.js';
import { reportOf, summary } from './report.js';
import { runSuite } from './suite.js';

it.runIf(full)(
  "tfjs's own CPU backend passes all of its suite, and so the harness is right",
  { timeout: 600_000 },
  async () => {
    const report = reportOf(await runSuite('cpu', ''), []);
    console.log(summary('cpu', report));
    expect(report.faults).toEqual([]);
    expect(report.passed).toBeGreaterThan(4000);
  },
);
