import { expect, it, vi } from 'vitest';
import type { Engine } from '../../../src/core/contracts/engine.js';
import { onnxruntime } from '../../../src/plugins/engines/onnxruntime/onnxruntime.js';
import { full } from '../../effort.js';
import { engineConformance } from './conformance.js';

// The first use of each kernel compiles a shader; SwiftShader takes its time.
vi.setConfig({ testTimeout: 240_000 });

const makeWith = async (settings: object): Promise<Engine> =>
  onnxruntime.create({ config: onnxruntime.config.parse(settings) });

for (const layout of ['plain', 'auto'] as const)
  engineConformance({
    name: `onnxruntime, layout ${layout}`,
    make: () => makeWith({ layout }),
    long: layout === 'plain',
    images: layout === 'plain',
  });

// WGSL allows sines and cosines an error of 2^-11.
const tolerances = { webgpu: { forward: 1e-3, gradients: 2e-3 }, cuda: { forward: 1e-5, gradients: 1e-4 } };

for (const provider of ['webgpu', 'cuda'] as const) {
  const make = (): Promise<Engine> => makeWith({ provider });
  const { available, detail } = await (await make()).probe();
  const skip = available && full ? undefined : `skipped: ${available ? 'npm run check runs these laws' : detail}`;
  engineConformance({ name: `onnxruntime, provider ${provider}`, make, skip, tolerances: tolerances[provider] });

  it.skipIf(available)(`refuses to start where there is no ${provider}`, async () => {
    await expect((await make()).start()).rejects.toMatchObject({ code: 'RXD_ENGINE_UNAVAILABLE' });
  });
}
