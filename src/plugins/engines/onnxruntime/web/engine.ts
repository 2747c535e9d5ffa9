import { engineOver, type OnnxRuntimeEngine } from '../engine.js';
import type { RunnerSettings } from '../runner/protocol.js';
import { workingRunner } from '../runner/provider-test.js';
import type { Runner } from '../runner/runner.js';
import { startWebThread } from './thread.js';

/** What an engine over onnxruntime-web is made of. */
export interface OnnxRuntimeWebSettings extends RunnerSettings {
  readonly provider: 'wasm' | 'webgpu';
}

const NEEDS: Readonly<Record<OnnxRuntimeWebSettings['provider'], string>> = {
  wasm: 'needs `npm install onnxruntime-web@1.30.0`, and a page that serves its .wasm file (`onnxruntimeWebFrom(url)` says where)',
  webgpu: 'needs `npm install onnxruntime-web@1.30.0`, and a browser with WebGPU that sees a device',
};

/** An engine that records tfjs kernels and computes them by onnxruntime-web in a worker of its own. */
export function onnxRuntimeWebEngine(settings: OnnxRuntimeWebSettings): OnnxRuntimeEngine {
  const { provider } = settings;
  const runner = (): Promise<Runner> => workingRunner(settings, startWebThread);
  return engineOver({
    name: 'onnxruntime-web',
    provider,
    needs: NEEDS[provider],
    version: async () => {
      const working = await runner();
      const version = await working.started();
      await working.stop();
      return version;
    },
    runner,
    // Its WebAssembly has no operators over blocks of channels, but lowerings over blocks need fewer nodes than others.
    block: () => Promise.resolve(provider === 'wasm' ? 1 : 0),
  });
}
