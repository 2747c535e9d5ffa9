import { parentPort, workerData } from 'node:worker_threads';
import { Models } from './models.js';
import { DONE, FAILED, SHARED_HEADER, type Answer, type Command, type ThreadSettings } from './protocol.js';

/** The thread that owns ONNX Runtime's sessions and the values: it does what it is asked, in order. */
if (parentPort === null) throw new Error('this file runs as a worker thread');
const port = parentPort;
const settings = workerData as ThreadSettings;
process.once('exit', () => Atomics.store(new Int32Array(settings.ended), 0, 1));
const answer = (message: Answer, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);

try {
  const runtime = await import('onnxruntime-node');
  // What fails is said by the errors of loading and running.
  runtime.env.logLevel = 'fatal';
  const models = new Models(runtime, settings);
  let queue = Promise.resolve();
  port.on('message', (commands: readonly Command[]) => {
    queue = queue.then(() => obeyAll(models, commands));
  });
  answer({
    kind: 'ready',
    version: runtime.env.versions.node ?? runtime.env.versions.common,
    providers: runtime.listSupportedBackends().map(({ name }) => name),
  });
} catch (error) {
  answer({ kind: 'refused', problem: messageOf(error) });
}

async function obeyAll(models: Models, commands: readonly Command[]): Promise<void> {
  for (const command of commands) await obey(models, command);
}

/** Failures of loading and running are kept with the values that they leave without numbers: whoever asks for those hears. */
async function obey(models: Models, command: Command): Promise<void> {
  switch (command.kind) {
    case 'put':
      models.put(command.id, command.tensor);
      break;
    case 'load':
      await models.load(command.model, command.spec);
      break;
    case 'run':
      await models.run(command.model, command.feeds, command.results);
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
    case 'settle': {
      const problem = models.problemOf(command.ids);
      answer({ kind: 'settled', ticket: command.ticket, ...(problem === undefined ? {} : { problem }) });
      break;
    }
    case 'read':
      read(models, command);
      break;
    case 'readSync':
      readShared(models, command);
      break;
  }
}

function read(models: Models, { ticket, id }: Extract<Command, { kind: 'read' }>): void {
  const problem = models.problemOf([id]);
  if (problem !== undefined) answer({ kind: 'data', ticket, problem });
  else answerWithCopy(models, ticket, id);
}

function answerWithCopy(models: Models, ticket: number, id: number): void {
  try {
    const data = models.copyOf(id);
    answer({ kind: 'data', ticket, data }, [data.buffer as ArrayBuffer]);
  } catch (error) {
    answer({ kind: 'data', ticket, problem: `no memory for a copy: ${messageOf(error)}` });
  }
}

function readShared(models: Models, { id, shared }: Extract<Command, { kind: 'readSync' }>): void {
  const header = new Int32Array(shared, 0, 2);
  const problem = models.problemOf([id]);
  const bytes = problem === undefined ? models.bytesOf(id) : new TextEncoder().encode(problem);
  const room = shared.byteLength - SHARED_HEADER;
  const sent = bytes.subarray(0, room);
  new Uint8Array(shared, SHARED_HEADER).set(sent);
  header[1] = sent.length;
  Atomics.store(header, 0, problem === undefined ? DONE : FAILED);
  Atomics.notify(header, 0);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
