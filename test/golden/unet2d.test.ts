import { expect, it, vi } from 'vitest';
import type { Engine } from 'rxdiffusion';
import { onnxruntime } from '../../src/plugins/engines/onnxruntime/onnxruntime.js';
import { tfjsCpu } from '../../src/plugins/engines/tfjs-cpu.js';
import { tfjsNode } from '../../src/plugins/engines/tfjs-node.js';
import { tfjsWasm } from '../../src/plugins/engines/tfjs-wasm.js';
import { tfjsWebgpu } from '../../src/plugins/engines/tfjs-webgpu.js';
import { networkOutcomes } from '../../tools/golden/networks.js';
import { full } from '../effort.js';

const FOLDER = 'test/golden/unet2d';

// The first use of each kernel compiles a shader; SwiftShader takes its time.
vi.setConfig({ testTimeout: 240_000 });

const onnx = (settings: object): Promise<Engine> =>
  Promise.resolve(onnxruntime.create({ config: onnxruntime.config.parse(settings) }));

/** Engines that read their values at once, and agree to the tolerance of each record. */
const exact: Readonly<Record<string, () => Promise<Engine>>> = {
  'tfjs-cpu': async () => tfjsCpu.create({ config: {} }),
  'tfjs-wasm': async () => tfjsWasm.create({ config: {} }),
  'tfjs-node': async () => tfjsNode.create({ config: {} }),
  'onnxruntime, layout plain': () => onnx({ layout: 'plain' }),
  'onnxruntime, layout auto': () => onnx({ layout: 'auto' }),
  'onnxruntime, provider cuda': () => onnx({ provider: 'cuda' }),
};

/** WGSL allows sines and cosines an error of 2^-11, which whole runs make larger. */
const rough: Readonly<Record<string, () => Promise<Engine>>> = {
  'tfjs-webgpu': async () => tfjsWebgpu.create({ config: {} }),
  'onnxruntime, provider webgpu': () => onnx({ provider: 'webgpu' }),
};
const ROUGH = 20;

/** The engines of `npm test`; `npm run check` takes all. */
const QUICK = new Set(['tfjs-wasm', 'onnxruntime, layout auto']);
const chosen = (engines: typeof exact): [string, () => Promise<Engine>][] =>
  Object.entries(engines).filter(([name]) => full || QUICK.has(name));

/** In `npm test` one network with all its kinds of checks on ONNX Runtime, where each is compiled; all of them on tfjs. */
const isShort = (name: string): boolean => !full && name.startsWith('onnxruntime');

for (const [name, make] of chosen(exact)) {
  const { available, detail } = await (await make()).probe();
  it.skipIf(!available)(`unet2d agrees with diffusers on ${name}${available ? '' : `, skipped: ${detail}`}`, async () => {
    const outcomes = await networkOutcomes(isShort(name) ? `${FOLDER}/ddpm` : FOLDER, await make());
    expect(outcomes.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    const passed = outcomes.filter(({ verdict }) => verdict === 'passed').map(({ group, name }) => `${group} ${name}`);
    const ddpm = ['ddpm gradients', 'ddpm trajectory.0 DDIMScheduler', 'ddpm trajectory.2 DDPMScheduler'];
    expect(passed).toEqual(expect.arrayContaining(ddpm));
    if (isShort(name)) return;
    expect(passed).toEqual(
      expect.arrayContaining([
        'fp16-variant forward.0.fp16',
        'legacy-root trajectory.0 DDIMScheduler',
        'no-mid-attention forward.0',
      ]),
    );
    expect(passed.length).toBeGreaterThanOrEqual(18);
  });
}

for (const [name, make] of chosen(rough)) {
  const { available, detail } = await (await make()).probe();
  it.skipIf(!available)(`unet2d is near diffusers on ${name}${available ? '' : `, skipped: ${detail}`}`, async () => {
    const outcomes = await networkOutcomes(`${FOLDER}/legacy-root`, await make());
    expect(outcomes).toHaveLength(3);
    for (const { worst, reason } of outcomes) {
      expect(reason).toBeUndefined();
      expect(worst).toBeLessThan(ROUGH);
    }
  });
}
