import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { entryOf } from '../runner/node-thread.js';
import type { Answer, Command, ThreadSettings } from '../runner/protocol.js';
import { writeShared } from '../runner/serve.js';

/**
 * A thread that hands commands on to a process and answers back: it may be ended at any moment, for it calls nothing native.
 * It ends with the process, and the process with it.
 */
if (parentPort === null) throw new Error('this file runs as a worker thread');
const port = parentPort;
const { ended, ...settings } = workerData as ThreadSettings;
if (ended !== undefined) process.once('exit', () => Atomics.store(new Int32Array(ended), 0, 1));

/** Reads that block a thread, by the ticket that the process knows: shared memory does not cross. */
const standing = new Map<number, SharedArrayBuffer>();
let lastStanding = 0;
let stopping = false;

const child = startProcess();
child.on('error', ({ message }) => {
  port.postMessage({ kind: 'refused', problem: `its process cannot be started: ${message}` });
  port.close();
});
child.on('message', (message) => hear(message as Answer));
child.on('disconnect', () => {
  port.close();
  if (!stopping) throw new Error('its process ended');
});
child.send(settings);
port.on('message', (commands: readonly Command[]) => {
  stopping ||= commands.some(({ kind }) => kind === 'stop');
  // A process may be ended from outside at any moment: what it was asked beside is not wanted any more.
  if (stopping) child.disconnect();
  else child.send(commands.map(crossing));
});

function crossing(command: Command): Command {
  if (command.kind !== 'readSync') return command;
  const ticket = --lastStanding;
  standing.set(ticket, command.shared);
  return { kind: 'read', ticket, id: command.id };
}

function hear(answer: Answer): void {
  if (answer.kind !== 'data' || answer.ticket >= 0) return port.postMessage(answer);
  const shared = standing.get(answer.ticket);
  standing.delete(answer.ticket);
  if (shared !== undefined) writeShared(shared, answer.problem ?? answer.data ?? 'no data');
}

/**
 * By way of a shell, where there is one, so that it is no child of this process: nobody would wait for the end of a child
 * whose thread is gone.
 */
function startProcess(): ChildProcess {
  const entry = entryOf('node/process');
  const words = [process.execPath, ...(typeof entry === 'string' ? ['-e', entry] : [fileURLToPath(entry)])];
  const shell = existsSync('/bin/sh') ? ['/bin/sh', '-c', '"$0" "$@" &'] : [];
  const [program = '', ...rest] = [...shell, ...words];
  return spawn(program, rest, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
    windowsHide: true,
  });
}
