import { engineOver, type OnnxRuntimeEngine } from '../engine.js';
import { blockSize } from '../blocked/self-test.js';
import type { RunnerSettings } from '../runner/protocol.js';
import { workingRunner } from '../runner/provider-test.js';
import type { Runner } from '../runner/runner.js';
import { startThread } from './start-thread.js';

/** What an engine over onnxruntime-node is made of. */
export interface OnnxRuntimeSettings extends RunnerSettings {
  readonly provider: 'cpu' | 'webgpu' | 'cuda';
  /** `auto` uses blocked graphs where the processor's self-test passes; `plain` never does. */
  readonly layout: 'auto' | 'plain';
}

const NEEDS: Readonly<Record<OnnxRuntimeSettings['provider'], string>> = {
  cpu: 'onnxruntime-node cannot be loaded, or is not the version that this package knows; `npm install onnxruntime-node@1.30.0`',
  webgpu: 'WebGPU needs a driver for Vulkan, Metal or D3D12 that sees a device',
  cuda: 'CUDA needs an NVIDIA GPU, its libraries, and the files that `npm rebuild onnxruntime-node --onnxruntime-node-install` downloads',
};

/** An engine that records tfjs kernels and computes them by ONNX Runtime in a thread of its own. */
export function onnxRuntimeEngine(settings: OnnxRuntimeSettings): OnnxRuntimeEngine {
  const { provider, layout } = settings;
  return engineOver({
    name: 'onnxruntime',
    provider,
    takesStored: provider === 'cpu',
    needs: NEEDS[provider],
    version: async () => {
      const { env } = await import('onnxruntime-node');
      if (provider !== 'cpu') await (await runnerFor(settings)).stop();
      return env.versions.node ?? env.versions.common;
    },
    runner: () => runnerFor(settings),
    block: async (runner) => (provider === 'cpu' && layout === 'auto' ? blockSize(runner) : 0),
  });
}

function runnerFor({ provider, threads }: OnnxRuntimeSettings): Promise<Runner> {
  if (provider === 'cuda') keepFloats();
  return workingRunner({ provider, threads }, startThread);
}

/**
 * CUDA's libraries round the factors of matrix products to ten bits (TF32) unless this variable, read when they are loaded,
 * says otherwise; ONNX Runtime in Node has no setting for it.
 */
function keepFloats(): void {
  process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
}
