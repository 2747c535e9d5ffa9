import * as tf from '@tensorflow/tfjs';
import type { Engine, EngineReport, TensorTree } from '../../core/contracts/engine.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { messageOf } from '../../core/errors/format-value.js';
import { registerKernels } from '../../core/kernels/register-kernels.js';
import { refuseDisposed } from '../../core/tensors/refuse-disposed.js';
import { scoped } from '../../core/tensors/scoped.js';
import { onBackend } from './on-backend.js';
import type * as ownSessions from './onnxruntime/own-sessions.js';
import { mayWait } from './onnxruntime/runner/thread.js';
import { keepTensorsYoung } from './young-tensors.js';

type Values = ReturnType<tf.KernelBackend['readSync']>;

const patched = new WeakSet<tf.KernelBackend>();

/**
 * Makes a backend give copies of its numbers. Backends that keep them in JavaScript give the memory itself: who writes into
 * what `dataSync()` of a lent tensor gave would change the run. Idempotent.
 */
function ownReads(backend: tf.KernelBackend): void {
  if (patched.has(backend)) return;
  patched.add(backend);
  const [read, readSync] = [backend.read.bind(backend), backend.readSync.bind(backend)];
  backend.readSync = (dataId) => copied(readSync(dataId));
  backend.read = async (dataId) => copied(await read(dataId));
}

const copied = (values: Values): Values => values.slice();

/** What differs between the engines that compute a kernel when it is called. */
export interface EagerBackend {
  /** Name of the engine. */
  readonly name: string;
  /** Name of the tfjs backend. */
  readonly backend: string;
  probe(): Promise<Omit<EngineReport, 'name'>>;
  /** Makes the backend; runs where tfjs has none of its name yet. */
  make(): tf.KernelBackend | Promise<tf.KernelBackend>;
  /** True where reading gives the backend's own memory: it is made to give copies. */
  readonly readsExpose?: true;
  /** Registers kernels that only this backend has; the backend is alive. */
  registerOwnKernels?(): void;
}

const realized = Promise.resolve();

/** An engine over a tfjs backend that computes on the calling thread, kernel by kernel, so that nothing is left to realize. */
export function eagerEngine(spec: EagerBackend): Engine {
  const { name, backend } = spec;
  let starting: Promise<void> | undefined;
  let alive = false;
  let own: typeof ownSessions | undefined;

  const run = <T>(work: () => T): T => {
    if (!alive) throw notStarted(name);
    return onBackend(spec, work);
  };

  return {
    name,
    backend,
    probe: async () => ({ name, ...(await spec.probe()) }),
    start: async () => {
      starting ??= bringToLife(spec);
      try {
        await starting;
        alive = true;
      } catch (error) {
        starting = undefined;
        throw error;
      }
    },
    run,
    compile: <I extends TensorTree, O extends TensorTree>(work: (input: I) => O) => {
      return (input: I): O => {
        refuseDisposed(input, name);
        return run(() => scoped(() => work(input)));
      };
    },
    loadModel: async (content) => {
      if (!alive) throw notStarted(name);
      if (!mayWait() || !('process' in globalThis)) throw onlyInNode(name);
      own = await import('./onnxruntime/own-sessions.js');
      return own.ownModel(content, `engine/${name}`);
    },
    realize: () => realized,
    stop: () => {
      alive = false;
      starting = undefined;
      return own?.unusedEnded() ?? realized;
    },
  };
}

/** Not by `setBackend`: until a backend is ready, that would leave the whole process without one. */
async function bringToLife(spec: EagerBackend): Promise<void> {
  const report = await spec.probe();
  if (!report.available) throw unavailable(spec.name, report.detail);
  keepTensorsYoung();
  const { registry } = tf.engine();
  try {
    if (registry[spec.backend] === undefined) {
      const made = await spec.make();
      registry[spec.backend] ??= made;
    }
  } catch (error) {
    throw unavailable(spec.name, messageOf(error), error);
  }
  const instance = registry[spec.backend];
  if (spec.readsExpose === true && instance !== undefined) ownReads(instance);
  spec.registerOwnKernels?.();
  registerKernels(spec.backend);
  if (!tf.engine().backendName) void tf.setBackend(spec.backend);
}

function unavailable(name: string, detail: string, cause?: unknown): DiffusionError {
  return new DiffusionError('RXD_ENGINE_UNAVAILABLE', {
    problem: `the engine ${name} cannot run here`,
    got: detail,
    expected: 'a backend that starts',
    fix: 'choose another engine; `rxdiffusion devices` lists those that can run here',
    plugin: `engine/${name}`,
    cause,
  });
}

function notStarted(name: string): DiffusionError {
  return new DiffusionError('RXD_ENGINE_UNAVAILABLE', {
    problem: `the engine ${name} is not running`,
    got: 'work for an engine that was not started, or was stopped',
    expected: 'a running engine',
    fix: 'await `engine.start()` first',
    plugin: `engine/${name}`,
  });
}

function onlyInNode(name: string): DiffusionError {
  return new DiffusionError('RXD_ENGINE_UNAVAILABLE', {
    problem: `the engine ${name} cannot run model files here: it computes on this thread, which may not wait for another`,
    expected: 'Node, a worker that may wait, or an engine over ONNX Runtime',
    fix: 'choose the engine onnxruntime-web',
    plugin: `engine/${name}`,
  });
}
