import * as tf from '@tensorflow/tfjs';
import type { Engine, EngineReport, TensorTree } from '../../../core/contracts/engine.js';
import { DiffusionError } from '../../../core/errors/diffusion-error.js';
import { registerKernels } from '../../../core/kernels/register-kernels.js';
import { refuseDisposed } from '../../../core/tensors/refuse-disposed.js';
import { blockSize } from './blocked/self-test.js';
import { Value } from './graph/value.js';
import { CompiledFunction, type CompileCounts } from './recorder/compiled-function.js';
import { RecorderBackend } from './recorder/recorder-backend.js';
import { registerRecorder } from './recorder/register-recorder.js';
import { Executor } from './runner/executor.js';
import type { RunnerSettings } from './runner/protocol.js';
import { PROVIDER_NEEDS, tryProvider } from './runner/provider-test.js';
import { Runner } from './runner/runner.js';
import { onBackend } from '../on-backend.js';
import { giveBackendName, takeBackendName } from './backend-names.js';

/** What an engine over ONNX Runtime is made of. */
export interface OnnxRuntimeSettings extends RunnerSettings {
  /** `auto` uses blocked graphs where the processor's self-test passes; `plain` never does. */
  readonly layout: 'auto' | 'plain';
}

/** What it did so far. */
export interface OnnxRuntimeReport {
  /** Channels of a block in the graphs it makes; 0 for row-major graphs. */
  readonly block: number;
  /** Structures of recorded work: seen before, and new. */
  readonly cache: { readonly hits: number; readonly misses: number; readonly models: number };
  /** Calls of compiled functions. */
  readonly compiled: Readonly<CompileCounts>;
  /** Calls of kernels without a lowering, by name: each crosses to the cpu backend and back. */
  readonly fallbacks: Readonly<Record<string, number>>;
}

/** An engine over ONNX Runtime, with what it can say of itself. */
export interface OnnxRuntimeEngine extends Engine {
  /** Counts since the start. Throws `RXD_ENGINE_UNAVAILABLE` where it is not running. */
  report(): OnnxRuntimeReport;
}

const NAME = 'onnxruntime';

/** What lives between start and stop. */
interface Life {
  readonly backendName: string;
  readonly runner: Runner;
  readonly backend: RecorderBackend;
}

/** An engine that records tfjs kernels and computes them by ONNX Runtime in a thread of its own. */
export function onnxRuntimeEngine(settings: OnnxRuntimeSettings): OnnxRuntimeEngine {
  const counts: CompileCounts = { traced: 0, replayed: 0, inline: 0 };
  let starting: Promise<Life> | undefined;
  let life: Life | undefined;

  const alive = (): Life => {
    if (life === undefined)
      throw unavailable('work for an engine that was not started, or was stopped', 'await `engine.start()` first');
    return life;
  };
  const run = <T>(work: () => T): T => {
    return onBackend({ name: NAME, backend: alive().backendName }, work);
  };

  return {
    name: NAME,
    get backend() {
      return life?.backendName ?? NAME;
    },
    probe: () => probe(settings),
    start: async () => {
      if (life?.runner.problem !== undefined) {
        giveBackendName(life.backendName);
        [life, starting] = [undefined, undefined];
      }
      starting ??= begin(settings);
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
        refuseDisposed(input, NAME);
        return run(() => compiled.call(alive().backend, input));
      };
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
        fallbacks: Object.fromEntries(backend.fallbacks),
      };
    },
  };
}

async function probe(settings: OnnxRuntimeSettings): Promise<EngineReport> {
  const { provider } = settings;
  try {
    const { env } = await import('onnxruntime-node');
    if (provider !== 'cpu') await (await workingRunner(settings)).stop();
    const version = env.versions.node ?? env.versions.common;
    return { name: NAME, available: true, detail: `ONNX Runtime ${version}, provider ${provider}` };
  } catch (error) {
    const [said] = messageOf(error).split('\n', 1);
    return { name: NAME, available: false, detail: `${PROVIDER_NEEDS[provider]}: ${said}` };
  }
}

/**
 * CUDA's libraries round the factors of matrix products to ten bits (TF32) unless this variable, read when they are loaded,
 * says otherwise; ONNX Runtime in Node has no setting for it.
 */
function keepFloats(): void {
  process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
}

/** A runner whose provider computes. Rejects, with its thread ended, where it does not. */
async function workingRunner(settings: OnnxRuntimeSettings): Promise<Runner> {
  if (settings.provider === 'cuda') keepFloats();
  const runner = new Runner(settings);
  try {
    await runner.started();
    if (settings.provider !== 'cpu') await tryProvider(runner);
    return runner;
  } catch (error) {
    await runner.stop();
    throw error;
  }
}

async function begin(settings: OnnxRuntimeSettings): Promise<Life> {
  let runner: Runner | undefined;
  try {
    runner = await workingRunner(settings);
    const block = settings.layout === 'plain' || settings.provider !== 'cpu' ? 0 : await blockSize(runner);
    const backend = new RecorderBackend(new Executor(NAME, runner, block));
    const backendName = takeBackendName(NAME);
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
    throw unavailable(messageOf(error), PROVIDER_NEEDS[settings.provider], error);
  }
}

function unavailable(got: string, fix: string, cause?: unknown): DiffusionError {
  return new DiffusionError('RXD_ENGINE_UNAVAILABLE', {
    problem: `the engine ${NAME} cannot run here`,
    got,
    expected: 'a running engine',
    fix: `${fix}, or choose another engine; \`rxdiffusion devices\` lists those that can run here`,
    plugin: `engine/${NAME}`,
    cause,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
