import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { EngineReport } from '../../core/contracts/engine.js';
import { definePlugin, type PluginNotes } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { eagerEngine } from './eager.js';
import { registerExplicitPadding } from './tfjs-node-padding.js';

/** The backend that both packages register; one process holds one of them. */
const BACKEND = 'tensorflow';

type PackageName = 'tfjs-node' | 'tfjs-node-gpu';

/** A `KernelBackend` of the packages, with what it tells of itself. */
interface NativeBackend extends tf.KernelBackend {
  readonly isGPUPackage?: boolean;
}

/**
 * TensorFlow's C library through the package `@tensorflow/tfjs-node`, where the user has installed it. It computes on the
 * calling thread with as many threads as there are cores: nothing else runs in the process meanwhile.
 */
export const tfjsNode = nativeEngine('tfjs-node', {
  summary: "TensorFlow's C library on the CPU, through a package of your own.",
  reference: 'TensorFlow, the package @tensorflow/tfjs-node',
  tags: { runs: 'Node', gradients: true, when: 'an operation is missing elsewhere; it blocks its thread' },
});

/**
 * The same with CUDA through `@tensorflow/tfjs-node-gpu`, on the CPU where no device is seen. Memory of the device is
 * taken as needed unless `TF_FORCE_GPU_ALLOW_GROWTH` says otherwise; one process or worker serves one device.
 */
export const tfjsNodeGpu = nativeEngine('tfjs-node-gpu', {
  summary: "TensorFlow's C library with CUDA, through a package of your own.",
  reference: 'TensorFlow, the package @tensorflow/tfjs-node-gpu',
  tags: { runs: 'Node', gradients: true, when: 'there is an NVIDIA device; it blocks its thread' },
});

function nativeEngine<N extends PackageName>(name: N, notes: PluginNotes) {
  return definePlugin({
    role: Roles.engine,
    name,
    ...notes,
    config: z.strictObject({}),
    create: () =>
      eagerEngine({
        name,
        backend: BACKEND,
        probe: () => Promise.resolve(name === 'tfjs-node-gpu' ? { gpu: false, ...reportOf(name) } : reportOf(name)),
        make: () => loaded(name, installed(name) ?? ''),
        registerOwnKernels: () => registerExplicitPadding(BACKEND),
      }),
    dispose: (engine) => engine.stop(),
  });
}

function reportOf(name: PackageName): Omit<EngineReport, 'name'> {
  const folder = installed(name);
  const install = `npm install @tensorflow/${name}`;
  if (folder === undefined)
    return { available: false, detail: `the package @tensorflow/${name} is not installed: ${install}` };
  if (!hasAddon(folder)) {
    const detail = `the native part of @tensorflow/${name} is missing: its install script did not run; ${install}, or npm rebuild --build-addon-from-source`;
    return { available: false, detail };
  }
  const living: NativeBackend | undefined = tf.engine().registry[BACKEND];
  const other = living?.isGPUPackage;
  if (other !== undefined && other !== (name === 'tfjs-node-gpu'))
    return { available: false, detail: 'the other of tfjs-node and tfjs-node-gpu runs in this process; one fits in' };
  if (name === 'tfjs-node')
    return { available: true, detail: `libtensorflow, all cores, blocks its thread (${folder})` };
  const gpu = process.platform !== 'linux' || existsSync('/dev/nvidiactl');
  const device = gpu ? 'CUDA' : 'no NVIDIA device is seen, so on the CPU';
  return { available: true, gpu, detail: `libtensorflow, ${device}, blocks its thread (${folder})` };
}

/** Folder of the package: as this package finds it, or below the folder that `RXDIFFUSION_TFJS_NODE` names. */
function installed(name: PackageName): string | undefined {
  const elsewhere = process.env['RXDIFFUSION_TFJS_NODE'];
  const places = [...(elsewhere ? [join(elsewhere, 'package.json')] : []), import.meta.url];
  for (const place of places) {
    const file = createRequire(place).resolve.paths(`@tensorflow/${name}`) ?? [];
    const found = file
      .map((folder) => join(folder, '@tensorflow', name))
      .find((folder) => existsSync(join(folder, 'package.json')));
    if (found !== undefined) return found;
  }
  return undefined;
}

function hasAddon(folder: string): boolean {
  const library = join(folder, 'lib');
  const builds = existsSync(library) ? readdirSync(library) : [];
  return builds.some((build) => build.startsWith('napi-') && existsSync(join(library, build, 'tfjs_binding.node')));
}

/** Loading makes the package's backend the current one of the process: what was current is so again at once. */
function loaded(name: PackageName, folder: string): tf.KernelBackend {
  prepareProcess(name);
  const before = tf.engine().backendName;
  const quiet = tf.env().getBool('PROD');
  // A package outside this one's folder brings a second tfjs, which would warn of each kernel that is there already.
  tf.env().set('PROD', true);
  try {
    createRequire(join(dirname(folder), 'package.json'))(folder);
    return tf.findBackend(BACKEND);
  } finally {
    tf.env().set('PROD', quiet);
    if (before) void tf.setBackend(before);
  }
}

function prepareProcess(name: PackageName): void {
  // tfjs-node 4.22 calls two functions that newer versions of Node warn of, or do not have.
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined;
  util['isArray'] = Array.isArray;
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  if (name === 'tfjs-node-gpu') process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
}
