import { closedGate, closeGate, GATE_SIZE, newGate, numbersOf, OWNER, type SharedGate } from './gate.js';

/** Under which a thread hands the gates of the process on to threads that it starts. */
const KEY = 'rxdiffusion/native-threads';

/** Threads with native code that a process may have at a time; those beyond have gates that only their starter knows. */
const MOST = 1024;

/** The longest that the end of a process, or of a thread, waits for a native call. */
const PATIENCE_MS = 30_000;

let table: SharedArrayBuffer | undefined;

/**
 * A gate for a thread that this thread is about to start, which all threads of the process see that were started since the
 * first call here. From now on the end of this thread, or of the process, closes the gates of what ends with it first.
 */
export function takeGate(): SharedGate {
  const shared = watchNativeThreads();
  const { threadId } = workerThreads();
  for (let at = 0; at < MOST * GATE_SIZE; at += GATE_SIZE) {
    const gate = { shared, at };
    // A thread's number plus one: 0 is a gate that nobody has.
    if (Atomics.compareExchange(numbersOf(gate), OWNER, 0, threadId + 1) === 0) return newGate(gate, threadId + 1);
  }
  const own = { shared: new SharedArrayBuffer(GATE_SIZE * Int32Array.BYTES_PER_ELEMENT), at: 0 };
  return newGate(own, threadId + 1);
}

/** Gives a gate back: the thread behind it has ended. */
export function giveGate(gate: SharedGate): void {
  Atomics.store(numbersOf(gate), OWNER, 0);
}

/** Resolves when no thread that this one started is inside native code, nor will be: then it may be ended from outside. */
export async function quiet(threadId: number): Promise<void> {
  const gates = takenGates(watchNativeThreads()).filter((gate) => ownerOf(gate) === threadId + 1);
  await Promise.all(gates.map((gate) => closedGate(gate, PATIENCE_MS)));
}

/** Lets threads that are started from now on share their gates with this one, and closes them when it ends. Idempotent. */
export function watchNativeThreads(): SharedArrayBuffer {
  if (table !== undefined) return table;
  const { getEnvironmentData, setEnvironmentData, isMainThread, threadId } = workerThreads();
  const shared =
    (getEnvironmentData(KEY) as SharedArrayBuffer | undefined) ??
    new SharedArrayBuffer(MOST * GATE_SIZE * Int32Array.BYTES_PER_ELEMENT);
  setEnvironmentData(KEY, shared);
  process.on('exit', () =>
    closeGates(takenGates(shared).filter((gate) => isMainThread || ownerOf(gate) === threadId + 1)),
  );
  table = shared;
  return shared;
}

function closeGates(gates: readonly SharedGate[]): void {
  const end = performance.now() + PATIENCE_MS;
  for (const gate of gates) closeGate(gate, Math.max(0, end - performance.now()));
}

function takenGates(shared: SharedArrayBuffer): readonly SharedGate[] {
  const gates = Array.from({ length: MOST }, (_, index) => ({ shared, at: index * GATE_SIZE }));
  return gates.filter((gate) => ownerOf(gate) !== 0);
}

const ownerOf = (gate: SharedGate): number => Atomics.load(numbersOf(gate), OWNER);

/** Not imported: files that browsers load lead here too. */
const workerThreads = () => process.getBuiltinModule('node:worker_threads');
