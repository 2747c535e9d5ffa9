import { expect, it, vi } from 'vitest';
import type { Engine } from '../../../src/core/contracts/engine.js';
import { onnxruntime } from '../../../src/plugins/engines/onnxruntime/onnxruntime.js';
import { tfjsCpu } from '../../../src/plugins/engines/tfjs-cpu.js';
import { tfjsWasm } from '../../../src/plugins/engines/tfjs-wasm.js';

// What it is good for is measured in processes of their own: `memory.test.ts`, and `npm run bench -- soak`.
it.each([tfjsCpu, tfjsWasm, onnxruntime])('tells V8 that records of tensors are young: $name', async (plugin) => {
  const told = vi.spyOn(process.getBuiltinModule('node:v8'), 'setFlagsFromString');
  const engine: Engine = await plugin.create({ config: {} });
  await engine.start();
  expect(told).toHaveBeenCalledWith('--no-allocation-site-pretenuring');
  await engine.stop();
  told.mockRestore();
});
