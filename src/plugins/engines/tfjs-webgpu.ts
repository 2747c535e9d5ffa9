import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { EngineReport } from '../../core/contracts/engine.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { readsLater } from '../../core/tensors/read-floats.js';
import { eagerEngine } from './eager.js';
import { messageOf } from '../../core/errors/format-value.js';

/** The parts of WebGPU that are asked here. */
interface Gpu {
  requestAdapter(): Promise<Adapter | null>;
}
interface Adapter {
  readonly info?: { readonly vendor?: string; readonly architecture?: string; readonly description?: string };
}
interface WebGpuPackage {
  readonly create: (flags: readonly string[]) => Gpu;
  readonly globals: Readonly<Record<string, unknown>>;
}
type Navigating = { navigator?: { gpu?: Gpu } };

/** Buffers that a WebGPU device lets a shader read, one of them for the result (the limit that tfjs asks for). */
const MOST_ADDED = 7;
const NEEDS = 'npm install @tensorflow/tfjs-backend-webgpu, and in Node webgpu and a driver for Vulkan, Metal or D3D12';

/**
 * GPUs through WebGPU by tfjs's own backend, an optional package: browsers as they are, Node by the package `webgpu`.
 * Work is queued on the device and the thread stays free, but values can only be read by `await tensor.data()`:
 * `pixels()`, `preview()` and results wait for them; moving a tensor to another backend needs one such wait first.
 * Source: TensorFlow.js, backend webgpu. When: a browser or Node has a GPU with WebGPU.
 */
export const tfjsWebgpu = definePlugin({
  role: Roles.engine,
  name: 'tfjs-webgpu',
  summary: "GPUs through WebGPU by tfjs's own backend, an optional package.",
  reference: 'TensorFlow.js, backend webgpu',
  tags: {
    runs: 'browser, Node with the package webgpu',
    gradients: true,
    when: 'a browser or Node has a GPU with WebGPU',
  },
  config: z.strictObject({}),
  create: () =>
    eagerEngine({
      name: 'tfjs-webgpu',
      backend: 'webgpu',
      probe: () => probe(),
      make: async () => {
        await import('@tensorflow/tfjs-backend-webgpu');
        const make = tf.findBackendFactory('webgpu') as (() => Promise<tf.KernelBackend>) | null;
        if (make === null) throw new Error('tfjs-backend-webgpu found no `navigator.gpu` when it was loaded');
        const backend = await make();
        readsLater(backend);
        return backend;
      },
      registerOwnKernels: registerAddN,
    }),
  dispose: (engine) => engine.stop(),
});

async function probe(): Promise<Omit<EngineReport, 'name'>> {
  try {
    const adapter = await (await gpuHere()).requestAdapter();
    if (adapter === null) return { available: false, detail: 'WebGPU sees no device here' };
    await import('@tensorflow/tfjs-backend-webgpu');
    const { vendor = '', architecture = '', description = '' } = adapter.info ?? {};
    const gpu = architecture !== 'swiftshader';
    return { available: true, gpu, detail: ['WebGPU', vendor, architecture, description].filter(Boolean).join(' ') };
  } catch (error) {
    const said = messageOf(error);
    return { available: false, detail: `${said.split('\n', 1)[0]}: ${NEEDS}` };
  }
}

/** `navigator.gpu`; in Node made of the package `webgpu`, once, as browsers have it: tfjs looks for it there. */
async function gpuHere(): Promise<Gpu> {
  const here = globalThis as Navigating;
  if (here.navigator?.gpu) return here.navigator.gpu;
  if (!('process' in globalThis)) throw new Error('this browser has no WebGPU, or the page is not secure');
  // A name in a variable, so that bundlers for browsers do not look for the package.
  const name = 'webgpu';
  const { create, globals } = (await import(/* @vite-ignore */ name)) as WebGpuPackage;
  Object.assign(globalThis, globals);
  const gpu = create([]);
  if (here.navigator === undefined) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(here.navigator, 'gpu', { value: gpu, configurable: true });
  return gpu;
}

/** tfjs hands all tensors of a sum to one shader, which devices refuse beyond a few: those are added in groups here. */
function registerAddN(): void {
  const former = tf.getKernel('AddN', 'webgpu');
  if (former === undefined || grouped.has(former.kernelFunc)) return;
  const kernelFunc: tf.KernelFunc = (call) => {
    const tensors = call.inputs as unknown as readonly tf.Tensor[];
    if (tensors.length <= MOST_ADDED) return former.kernelFunc(call);
    const [first, rest] = [tensors.slice(0, MOST_ADDED), tensors.slice(MOST_ADDED)];
    return tf.tidy(() => tf.addN([tf.addN([...first]), ...rest]));
  };
  grouped.add(kernelFunc);
  tf.unregisterKernel('AddN', 'webgpu');
  tf.registerKernel({ ...former, kernelFunc });
}

const grouped = new WeakSet<object>();
