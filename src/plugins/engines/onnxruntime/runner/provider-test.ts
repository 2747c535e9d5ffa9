import { DiffusionError } from '../../../../core/errors/diffusion-error.js';
import { OnnxGraph } from '../emit/onnx-graph.js';
import { computeOnce } from './compute-once.js';
import type { RunnerSettings } from './protocol.js';
import type { Runner } from './runner.js';

type Provider = RunnerSettings['provider'];

/** What a provider needs where it cannot be had. */
export const PROVIDER_NEEDS: Readonly<Record<Provider, string>> = {
  cpu: 'onnxruntime-node cannot be loaded; install it by `npm install onnxruntime-node`',
  webgpu: 'WebGPU needs a driver for Vulkan, Metal or D3D12 that sees a device',
  cuda: 'CUDA needs an NVIDIA GPU, its libraries, and the files that `npm rebuild onnxruntime-node --onnxruntime-node-install` downloads',
};

/**
 * Adds two numbers on the provider: ONNX Runtime lists providers that its binary knows of, not those that work here. Rejects
 * with why it does not.
 */
export async function tryProvider(runner: Runner): Promise<void> {
  const graph = new OnnxGraph();
  const numbers = graph.floats(Float32Array.of(1, 2), [2]);
  graph.output(graph.node('Add', [numbers, numbers]), 'float32', [2]);
  const [two, four] = await computeOnce(runner, graph);
  if (two !== 2 || four !== 4)
    throw new DiffusionError('RXD_ENGINE_FAILED', {
      problem: 'the provider adds wrongly',
      got: `${two}, ${four}`,
      expected: '2, 4',
      fix: 'mend its driver, or choose another provider',
    });
}
