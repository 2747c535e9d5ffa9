import { expect, it, vi } from 'vitest';
import type { Engine } from 'rxdiffusion';
import { onnxruntime } from '../../src/plugins/engines/onnxruntime/onnxruntime.js';
import { tfjsCpu } from '../../src/plugins/engines/tfjs-cpu.js';
import { tfjsNode } from '../../src/plugins/engines/tfjs-node.js';
import { tfjsWasm } from '../../src/plugins/engines/tfjs-wasm.js';
import { networkOutcomes } from '../../tools/golden/networks.js';
import { full } from '../effort.js';

vi.setConfig({ testTimeout: 240_000 });

const engines: Readonly<Record<string, () => Promise<Engine>>> = {
  'tfjs-cpu': async () => tfjsCpu.create({ config: {} }),
  'tfjs-wasm': async () => tfjsWasm.create({ config: {} }),
  'tfjs-node': async () => tfjsNode.create({ config: {} }),
  onnxruntime: () => Promise.resolve(onnxruntime.create({ config: onnxruntime.config.parse({}) })),
};

/** The engines of `npm test`; `npm run check` takes all. */
const QUICK = new Set(['tfjs-wasm', 'onnxruntime']);

/** What must be among what passed. */
const PASSED = [
  ...['dit-learned-sigma forward.0', 'dit-learned-sigma forward.1', 'dit-learned-sigma forward.2'],
  ...['flux-tiny forward.0', 'flux-tiny gradients'],
  ...['pixart forward.0', 'pixart forward.1', 'pixart gradients'],
  ...['sd3 forward.0', 'sd3 forward.1', 'sd3 gradients'],
];

for (const [name, make] of Object.entries(engines).filter(([engine]) => full || QUICK.has(engine))) {
  const { available, detail } = await (await make()).probe();
  it.skipIf(!available)(`transformers agree with diffusers on ${name}${available ? '' : `, skipped: ${detail}`}`, async () => {
    const outcomes = await networkOutcomes('test/golden/transformers', await make());
    expect(outcomes.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    expect(outcomes.map(({ group, name: one }) => `${group} ${one}`)).toEqual(expect.arrayContaining(PASSED));
  });
}
