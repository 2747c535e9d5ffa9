import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { filter, firstValueFrom, Subject } from 'rxjs';
import type { ParametersBySlot, ParameterSet } from '../../../core/contracts/denoiser.js';
import { DiffusionError } from '../../../core/errors/diffusion-error.js';
import { revivedError, type PlainError } from '../../../core/errors/plain-error.js';
import { parseRecipe } from '../../../core/assembly/recipe.js';
import type { PlainTensors } from '../../../core/tensors/plain-tensor.js';
import { isEndedInOrder } from '../../../core/threads/orderly.js';
import { quiet, watchNativeThreads } from '../../../core/threads/native-threads.js';
import { flatParameters } from '../../../core/training/trained-slots.js';
import { bySlot } from '../../../core/sampling/network/by-slot.js';
import { devicePool, type DevicePool } from '../device-pool.js';
import { DEVICE_PROTOCOL, type DeviceAnswer } from '../device-messages.js';
import { Watchdog } from '../watchdog.js';
import { portDevice } from '../port-device.js';
import { readRequest } from '../../../core/requests/read-request.js';
import { workerOptions } from './worker-options.js';
import type { Device } from '../device.js';
import { messageOf } from '../../../core/errors/format-value.js';

/** How long a thread may take to end by itself. */
const GRACE_MS = 1000;

/** How long a thread may say nothing, where it is not said. */
const TIMEOUT_MS = 60_000;

/** The work of starting, beside runs 0, 1, … */
const STARTING = -1;

/** What worker threads need beside the recipe. */
export interface WorkerDevicesOptions {
  /** Number of threads; one for each core where absent. */
  readonly count?: number;
  /** Weights of all runs (an EMA, a checkpoint), copied to each thread; the denoiser's own where absent. */
  readonly parameters?: ParameterSet | ParametersBySlot;
  /**
   * A module of yours whose export `plugins` is added to what each thread knows beside `nodePlugins`:
   * `new URL('../../presets/my-plugins.js', import.meta.url)`. Code is named by the program, never by a recipe.
   */
  readonly plugins?: URL;
  /**
   * Milliseconds; 60,000 where absent. A thread that says nothing for so long while it has a request is ended and
   * replaced (`RXD_DEVICE_LOST`), and a hook of a plugin that has not come back is an error (`RXD_PLUGIN_TIMEOUT`). It
   * must be longer than the longest step that keeps a thread busy.
   */
  readonly timeout?: number;
  /** Megabytes that the pipeline of each thread, and each of its runs, may need; 2048 where absent. */
  readonly memoryLimit?: number;
  /** Recipes of single threads, in turn, instead of one for all: another engine, say, or another GPU. */
  readonly recipes?: readonly unknown[];
}

/** What a thread is told when it starts. */
export interface WorkerStart {
  readonly recipe: unknown;
  readonly plugins: string | undefined;
  readonly parameters: PlainTensors | undefined;
  readonly timeout: number;
  /** Whether this thread is ended in order, and so the one that it starts. */
  readonly inOrder: boolean;
  readonly memoryLimit: number | undefined;
}

/** What ends a thread: it gives its pipeline back first. */
export const CLOSE = 'close';

/** What a thread says: whether it stands, then answers. */
export type WorkerSaying =
  | { readonly kind: 'ready'; readonly protocol: number }
  | { readonly kind: 'refused'; readonly error: PlainError }
  | { readonly kind: 'alive' }
  | DeviceAnswer;

/**
 * Devices that are worker threads of this process, each with its own pipeline of the same recipe.
 *
 * @throws DiffusionError what a thread throws while it assembles the recipe; all threads are ended then
 *
 * @example
 * await using devices = await workerDevices(recipe, { count: 2, parameters: trained.parameters });
 * const { images } = await devices.sample({ count: 4, seed: 7 });
 */
export async function workerDevices(recipe: unknown, options: WorkerDevicesOptions = {}): Promise<DevicePool> {
  const {
    count = availableParallelism(),
    memoryLimit,
    parameters,
    plugins,
    recipes = [recipe],
    timeout = TIMEOUT_MS,
  } = readRequest(options, workerOptions, 'the options of workerDevices');
  for (const one of recipes) parseRecipe(one);
  const plain = parameters === undefined ? undefined : await plainWeights(flatParameters(bySlot(parameters)));
  const places = new Map<Device, number>();
  const begin = async (index: number): Promise<Device> => {
    const device = await startDevice(`worker ${index}`, {
      recipe: recipes[index % recipes.length],
      plugins: plugins?.href,
      parameters: plain,
      timeout,
      inOrder: isEndedInOrder(),
      memoryLimit,
    });
    places.set(device, index);
    return device;
  };
  const replace = (gone: Device): Promise<Device> => begin(places.get(gone) ?? 0);
  const started = await Promise.allSettled(Array.from({ length: count }, (_, index) => begin(index)));
  const devices = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const refused = started.find((one) => one.status === 'rejected');
  if (refused === undefined) return devicePool(devices, replace);
  await Promise.all(devices.map((device) => device.close()));
  throw refused.reason;
}

async function startDevice(name: string, start: WorkerStart): Promise<Device> {
  watchNativeThreads();
  const worker = newWorker(start);
  const said$ = new Subject<WorkerSaying>();
  const lose = (cause: unknown): void => said$.error(lost(name, cause));
  const hung = (): void => {
    lose(new Error(`it said nothing for ${start.timeout} ms while it had work`));
    closing ??= endThread(worker, 0);
  };
  const watchdog = new Watchdog(start.timeout, hung);
  // To load a thread's modules may take longer than a step.
  const starting = new Watchdog(Math.max(start.timeout, TIMEOUT_MS), hung);
  starting.begin(STARTING);
  worker.on('message', (saying: WorkerSaying) => {
    watchdog.heard();
    if ('id' in saying && saying.kind !== 'event') watchdog.end(saying.id);
    said$.next(saying);
  });
  worker.on('error', lose);
  worker.on('exit', (code) => {
    watchdog.stop();
    starting.stop();
    lose(new Error(`the thread ended with status ${code}`));
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    watchdog.stop();
    starting.stop();
    lose(new Error('it was closed'));
    return (closing ??= endThread(worker));
  };
  const first = await firstValueFrom(said$.pipe(filter(({ kind }) => kind !== 'alive')));
  if (first.kind === 'refused') {
    await close();
    throw revivedError(first.error);
  }
  starting.end(STARTING);
  if (first.kind !== 'ready' || first.protocol !== DEVICE_PROTOCOL) {
    await close();
    throw lost(name, new Error(`it uses another version of the messages than ${DEVICE_PROTOCOL}`));
  }
  return portDevice({
    name,
    send: (command) => {
      if (command.kind === 'run') watchdog.begin(command.id);
      worker.postMessage(command, []);
    },
    answers$: said$.pipe(filter((saying): saying is DeviceAnswer => 'id' in saying)),
    close,
  });
}

/**
 * Ends a thread: by itself, when it has disposed of its pipeline; from outside where it does not answer, but not while an engine
 * of it is inside native code.
 */
async function endThread(worker: Worker, grace = GRACE_MS): Promise<void> {
  const { threadId } = worker;
  const ended = new Promise<void>((resolve) => void worker.once('exit', () => resolve()));
  if (threadId < 0) return;
  worker.postMessage(CLOSE, []);
  const { promise: late, stop } = after(grace);
  await Promise.race([ended, late]);
  stop();
  await quiet(threadId);
  await worker.terminate();
}

function after(milliseconds: number): { readonly promise: Promise<void>; readonly stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<void>((resolve) => void (timer = setTimeout(resolve, milliseconds)));
  return { promise, stop: () => clearTimeout(timer) };
}

/**
 * Published files are JavaScript; in a checkout they are TypeScript, which the thread reads by the loader that the
 * checkout's own scripts use.
 */
function newWorker(start: WorkerStart): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./device-worker.js', import.meta.url), { workerData: start });
  const file = JSON.stringify(new URL('./device-worker.ts', import.meta.url).href);
  const code = `import('tsx/esm/api').then(({ register }) => { register(); return import(${file}); });`;
  return new Worker(code, { eval: true, workerData: start, execArgv: ['--conditions=source'] });
}

async function plainWeights(parameters: ParameterSet): Promise<PlainTensors> {
  const entries = Object.entries(parameters).map(async ([name, tensor]) => {
    const data = Float32Array.from(await tensor.data());
    return [name, { dtype: 'float32', shape: tensor.shape, data }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function lost(device: string, cause: unknown): DiffusionError {
  return new DiffusionError('RXD_DEVICE_LOST', {
    problem: `the device ${device} is gone: ${messageOf(cause)}`,
    got: 'the end of its thread',
    expected: 'a thread that lives until its devices are closed',
    fix: 'look at `cause`; its requests run again on another device, unless that is lost with them too',
    cause,
  });
}
