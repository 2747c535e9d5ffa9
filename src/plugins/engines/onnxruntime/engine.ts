import * as tf from '@tensorflow/tfjs';
import type { Engine, EngineReport, StoredNumbers, TensorTree } from '../../../core/contracts/engine.js';
import { DiffusionError } from '../../../core/errors/diffusion-error.js';
import { arrangedShape } from '../../../core/tensors/arranged.js';
import { registerKernels } from '../../../core/kernels/register-kernels.js';
import { readsLater } from '../../../core/tensors/read-floats.js';
import { refuseDisposed } from '../../../core/tensors/refuse-disposed.js';
import { Value } from './graph/value.js';
import { standInOf } from './recorder/replay.js';
import { CompiledFunction, type CompileCounts } from './recorder/compiled-function.js';
import { fileModel } from './recorder/file-model.js';
import { RecorderBackend } from './recorder/recorder-backend.js';
import { registerRecorder } from './recorder/register-recorder.js';
import { Executor } from './runner/executor.js';
import type { CacheReport } from './runner/model-cache.js';
import type { Runner } from './runner/runner.js';
import { onBackend } from '../on-backend.js';
import { keepTensorsYoung } from '../young-tensors.js';
import { messageOf } from '../../../core/errors/format-value.js';

const taken = new Set<string>();

/** A name for one more backend: tfjs knows backends by name, and every engine instance has its own. */
function takeBackendName(stem: string): string {
  let number = 1;
  while (taken.has(nameOf(stem, number))) number++;
  taken.add(nameOf(stem, number));
  return nameOf(stem, number);
}

/** Gives a name back: the engine that had it is gone for good. */
function giveBackendName(name: string): void {
  taken.delete(name);
}

function nameOf(stem: string, number: number): string {
  return number === 1 ? stem : `${stem}-${number}`;
}

/** A package of ONNX Runtime, set up, as an engine sees it. */
export interface OnnxRuntimeBuild {
  /** Name of the engine, and stem of the names of its backends. */
  readonly name: string;
  readonly provider: string;
  /** What is missing where it cannot run. */
  readonly needs: string;
  /** Its version; rejects with why it cannot run here. */
  version(): Promise<string>;
  /** A runner whose provider computes; rejects with why it does not. */
  runner(): Promise<Runner>;
  /** Whether it takes numbers as they lie in files. */
  readonly takesStored?: boolean;
  /** Channels of a block in the graphs that this runner is to compute; 0 for row-major graphs. */
  block(runner: Runner): Promise<number>;
}

/** What it did so far. */
export interface OnnxRuntimeReport {
  /** Channels of a block in the graphs it makes; 0 for row-major graphs. */
  readonly block: number;
  /** Structures of recorded work: seen before, and new. */
  readonly cache: CacheReport;
  /** Calls of compiled functions. */
  readonly compiled: Readonly<CompileCounts>;
  /** Structures of compiled functions: seen before, and new. */
  readonly compiledCache: CacheReport;
  /** Calls of kernels without a lowering, by name: each crosses to the cpu backend and back. */
  readonly fallbacks: Readonly<Record<string, number>>;
}

/** An engine over ONNX Runtime, with what it can say of itself. */
export interface OnnxRuntimeEngine extends Engine {
  /** Counts since the start. Throws `RXD_ENGINE_UNAVAILABLE` where it is not running. */
  report(): OnnxRuntimeReport;
}

/** What lives between start and stop. */
interface Life {
  readonly backendName: string;
  readonly runner: Runner;
  readonly backend: RecorderBackend;
}

/** An engine that records tfjs kernels and computes them by ONNX Runtime in a thread of its own. */
export function engineOver(build: OnnxRuntimeBuild): OnnxRuntimeEngine {
  const { name } = build;
  const counts: CompileCounts = { traced: 0, replayed: 0, inline: 0 };
  let starting: Promise<Life> | undefined;
  let life: Life | undefined;

  const alive = (): Life => {
    if (life === undefined) throw stopped(name);
    return life;
  };
  const run = <T>(work: () => T): T => {
    return onBackend({ name, backend: alive().backendName }, work);
  };

  return {
    name,
    get backend() {
      return life?.backendName ?? name;
    },
    probe: () => probe(build),
    start: async () => {
      if (life?.runner.problem !== undefined) {
        giveBackendName(life.backendName);
        [life, starting] = [undefined, undefined];
      }
      starting ??= begin(build);
      try {
        life = await starting;
      } catch (error) {
        starting = undefined;
        throw error;
      }
    },
    run,
    compile: <I extends TensorTree, O extends TensorTree>(work: (input: I) => O) => {
      const compiled = new CompiledFunction(work, counts);
      return (input: I): O => {
        refuseDisposed(input, name);
        return run(() => compiled.call(alive().backend, input));
      };
    },
    ...(build.takesStored ? { place: (numbers) => run(() => placed(alive().backend, numbers)) } : {}),
    loadModel: (content) => {
      const { backend } = alive();
      const checkAlive = (): void => {
        if (life?.backend !== backend) throw stopped(name);
      };
      return fileModel(backend, content, `engine/${name}`, checkAlive);
    },
    realize: async (tensors) => {
      const { backend } = alive();
      const values = tensors.map(({ dataId }) => backend.resolve(dataId));
      await backend.executor.settle(values.filter((value) => value instanceof Value));
    },
    stop: async () => {
      const ended = life;
      life = undefined;
      starting = undefined;
      if (ended === undefined) return;
      giveBackendName(ended.backendName);
      await ended.runner.stop();
    },
    report: () => {
      const { backend } = alive();
      const { executor } = backend;
      return {
        block: executor.block,
        cache: executor.cacheReport,
        compiled: { ...counts },
        compiledCache: executor.compiled.report,
        fallbacks: Object.fromEntries(backend.fallbacks),
      };
    },
  };
}

/** A tensor over numbers of a file. */
function placed(backend: RecorderBackend, numbers: StoredNumbers): tf.Tensor {
  const shape = arrangedShape(numbers.sides, numbers.order);
  return standInOf(backend, new Value({ shape, dtype: 'float32' }, { kind: 'stored', numbers }));
}

async function probe(build: OnnxRuntimeBuild): Promise<EngineReport> {
  const { name, provider, needs } = build;
  try {
    return { name, available: true, detail: `ONNX Runtime ${await build.version()}, provider ${provider}` };
  } catch (error) {
    const [said] = messageOf(error).split('\n', 1);
    return { name, available: false, detail: `${needs}: ${said}` };
  }
}

async function begin(build: OnnxRuntimeBuild): Promise<Life> {
  const { name } = build;
  let runner: Runner | undefined;
  try {
    runner = await build.runner();
    keepTensorsYoung();
    const block = await build.block(runner);
    const backend = new RecorderBackend(new Executor(name, runner, block));
    if (!runner.readsAtOnce) readsLater(backend);
    const backendName = takeBackendName(name);
    tf.engine().registryFactory[backendName] = { factory: () => backend, priority: 0 };
    tf.engine().registry[backendName] = backend;
    registerRecorder(backendName);
    registerKernels(backendName);
    const current = tf.engine().backendName;
    // A current backend of this name is that of an engine that was stopped: tfjs holds on to it until it is told.
    if (!current || current === backendName) void tf.setBackend(backendName);
    return { backendName, runner, backend };
  } catch (error) {
    await runner?.stop();
    throw unavailable(name, messageOf(error), build.needs, error);
  }
}

function stopped(name: string): DiffusionError {
  return unavailable(
    name,
    'work for an engine that was not started, or was stopped since',
    'await `engine.start()` first, and load its models then',
  );
}

function unavailable(name: string, got: string, fix: string, cause?: unknown): DiffusionError {
  return new DiffusionError('RXD_ENGINE_UNAVAILABLE', {
    problem: `the engine ${name} cannot run here`,
    got,
    expected: 'a running engine',
    fix: `${fix}, or choose another engine; \`rxdiffusion devices\` lists those that can run here`,
    plugin: `engine/${name}`,
    cause,
  });
}
