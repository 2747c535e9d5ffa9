import { messageOf } from '../../../../core/errors/format-value.js';
import type { Gate } from '../../../../core/threads/gate.js';
import type { HostData } from '../graph/spec.js';
import { Models } from './models.js';
import { DONE, FAILED, SHARED_HEADER, type Command, type RunnerSettings } from './protocol.js';
import type { Binding } from './runtime.js';
import type { ThreadPort } from './thread.js';

/** ONNX Runtime, as a thread has loaded it. */
export interface Loaded {
  readonly binding: Binding;
  /** Its version. */
  readonly version: string;
}

/**
 * The life of a thread that owns ONNX Runtime's sessions and the values. It says when it is ready, or why it never will be.
 *
 * @param gate - what its native calls pass, the loading of the package first
 * @param load - loads the package of ONNX Runtime
 * @returns the receiver of commands: they are executed in order, also those that come while the package is loaded
 */
export function serve(
  port: ThreadPort,
  gate: Gate,
  settings: RunnerSettings,
  load: () => Promise<Loaded>,
): (commands: Command[]) => void {
  let last = loadedModels(port, gate, settings, load);
  return (commands) => {
    last = last.then(async (models) => {
      if (models !== undefined) await obeyAll(port, models, commands);
      return models;
    });
  };
}

async function loadedModels(
  port: ThreadPort,
  gate: Gate,
  settings: RunnerSettings,
  load: () => Promise<Loaded>,
): Promise<Models | undefined> {
  try {
    const { binding, version } = await load().finally(() => gate.open());
    port.answer({ kind: 'ready', version });
    return new Models(binding, settings, gate);
  } catch (error) {
    port.answer({ kind: 'refused', problem: messageOf(error) });
    port.close();
    return undefined;
  }
}

/** Each command goes when it is done: it may hold memory of its own. */
async function obeyAll(port: ThreadPort, models: Models, commands: Command[]): Promise<void> {
  for (let command = commands.shift(); command; command = commands.shift()) await obey(port, models, command);
}

/** Failures of loading and running are kept for the values that they leave without numbers: reading a failed value rejects. */
async function obey(port: ThreadPort, models: Models, command: Command): Promise<void> {
  switch (command.kind) {
    case 'put':
      models.put(command.id, command.tensor);
      break;
    case 'load':
      await models.load(command.model, command.spec);
      break;
    case 'run':
      await models.run(command);
      break;
    case 'free':
      for (const id of command.ids) models.free(id);
      break;
    case 'unload':
      await models.unload(command.model);
      break;
    case 'stop':
      await models.unloadAll();
      port.close();
      break;
    case 'loaded':
      settled(port, command.ticket, models.refusalOf(command.model));
      break;
    case 'settle':
      settled(port, command.ticket, models.problemOf(command.ids));
      break;
    case 'read':
      read(port, models, command);
      break;
    case 'readSync':
      readShared(models, command);
      break;
  }
}

function settled(port: ThreadPort, ticket: number, problem: string | undefined): void {
  port.answer({ kind: 'settled', ticket, ...(problem === undefined ? {} : { problem }) });
}

function read(port: ThreadPort, models: Models, { ticket, id }: Extract<Command, { kind: 'read' }>): void {
  const problem = models.problemOf([id]);
  if (problem !== undefined) port.answer({ kind: 'data', ticket, problem });
  else answerWithCopy(port, models, ticket, id);
}

function answerWithCopy(port: ThreadPort, models: Models, ticket: number, id: number): void {
  try {
    const data = models.copyOf(id);
    port.answer({ kind: 'data', ticket, data }, [data.buffer as ArrayBuffer]);
  } catch (error) {
    port.answer({ kind: 'data', ticket, problem: `no memory for a copy: ${messageOf(error)}` });
  }
}

function readShared(models: Models, { id, shared }: Extract<Command, { kind: 'readSync' }>): void {
  writeShared(shared, models.problemOf([id]) ?? models.dataOf(id));
}

/** Answers a shared read: the data of the value, or why there is none. */
export function writeShared(shared: SharedArrayBuffer, given: HostData | string): void {
  const header = new Int32Array(shared, 0, 2);
  const bytes =
    typeof given === 'string'
      ? new TextEncoder().encode(given)
      : new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  const room = shared.byteLength - SHARED_HEADER;
  const sent = bytes.subarray(0, room);
  new Uint8Array(shared, SHARED_HEADER).set(sent);
  header[1] = sent.length;
  Atomics.store(header, 0, typeof given === 'string' ? FAILED : DONE);
  Atomics.notify(header, 0);
}
