import { expect, it } from 'vitest';
import { onnxRuntimeEngine } from '../../../../src/plugins/engines/onnxruntime/node/engine.js';
import { ONNXRUNTIME } from './exclusions.js';
import { full } from '../../../effort.js';
import { reportOf, summary } from './report.js';
import { runSuite } from './suite.js';

/** Part of the names of tests to run alone, for work on a few kernels: `TFJS_CORE_TESTS=conv2d`. */
const PART = process.env['TFJS_CORE_TESTS'] ?? '';

it.runIf(full)(
  "the onnxruntime engine passes tfjs-core's suite but for what the list excludes",
  { timeout: 900_000 },
  async () => {
    const engine = onnxRuntimeEngine({ provider: 'cpu', layout: 'auto', threads: 1 });
    await engine.start();
    try {
      const report = reportOf(await runSuite(engine.backend, PART), PART === '' ? ONNXRUNTIME : []);
      console.log(summary(engine.name, report));
      expect(report.faults).toEqual([]);
    } finally {
      await engine.stop();
    }
  },
);
