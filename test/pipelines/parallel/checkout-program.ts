import { onnxRuntimeEngine } from '../../../src/plugins/engines/onnxruntime/node/engine.js';

// Starts threads, each of which reads TypeScript here: that of an engine, then that of a device whose engine has one of its own.
const engine = onnxRuntimeEngine({ provider: 'cpu', layout: 'auto', threads: 1 });
await engine.start();
await engine.stop();
console.log('engine');
if (process.argv[2] === 'device') {
  const { workerDevices } = await import('../../../src/pipelines/parallel/node/worker-devices.js');
  const denoiser = { name: 'mlp', config: { width: 8, blocks: 1 } };
  const recipe = { format: 1, preset: 'ddpm', plugins: { engine: 'onnxruntime', denoiser } };
  await using devices = await workerDevices(recipe, { count: 1 });
  await devices.sample({ steps: 2 });
  console.log('device');
}
