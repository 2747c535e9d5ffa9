import { expect, it, vi } from 'vitest';
import type { Engine } from '../../../src/core/contracts/engine.js';
import { onnxruntime } from '../../../src/plugins/engines/onnxruntime/onnxruntime.js';
import { tfjsCpu } from '../../../src/plugins/engines/tfjs-cpu.js';
import { tfjsWasm } from '../../../src/plugins/engines/tfjs-wasm.js';

const engines: Readonly<Record<string, () => Engine | Promise<Engine>>> = {
  'tfjs-cpu': () => tfjsCpu.create({ config: {} }),
  'tfjs-wasm': () => tfjsWasm.create({ config: {} }),
  onnxruntime: () => onnxruntime.create({ config: onnxruntime.config.parse({}) }),
};

// What it is good for is measured in processes of their own: `memory.test.ts`, and `npm run bench -- soak`.
it.each(Object.keys(engines))('tells V8 that records of tensors are young: %s', async (name) => {
  const told = vi.spyOn(process.getBuiltinModule('node:v8'), 'setFlagsFromString');
  const engine = await engines[name]?.();
  await engine?.start();
  expect(told).toHaveBeenCalledWith('--no-allocation-site-pretenuring');
  await engine?.stop();
  told.mockRestore();
});
