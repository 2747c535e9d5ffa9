import { expect, it } from 'vitest';
import { onnxRuntimeWebEngine } from '../../../../src/plugins/engines/onnxruntime/web/engine.js';
import { ONNXRUNTIME_WEB } from './exclusions.js';
import { full } from '../../../effort.js';
import { reportOf, summary } from './report.js';
import { runSuite } from './suite.js';

it.runIf(full)(
  "the onnxruntime-web engine passes tfjs-core's suite but for what the list excludes",
  {
    timeout: 900_000,
  },
  async () => {
    const engine = onnxRuntimeWebEngine({ provider: 'wasm', threads: 1 });
    await engine.start();
    try {
      const report = reportOf(await runSuite(engine.backend, ''), ONNXRUNTIME_WEB);
      console.log(summary(engine.name, report));
      expect(report.faults).toEqual([]);
    } finally {
      await engine.stop();
    }
  },
);
