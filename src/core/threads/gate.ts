/** The memory of a gate: three numbers from `at` on, which are its state, the thread that started the one behind it, and a wish. */
export interface SharedGate {
  readonly shared: SharedArrayBuffer;
  readonly at: number;
}

/** Numbers of a gate. */
export const GATE_SIZE = 3;
export const OWNER = 1;
const [STATE, HURRY] = [0, 2];

/** Between two polls of a gate by a thread that may not block. */
const LOOK_AGAIN_MS = 5;

/** No call is on, one is on, one is on and is the last one, and none will be any more. */
const [OPEN, BUSY, CLOSING, CLOSED] = [0, 1, 2, 3];

/**
 * A thread's own end of its gate: its native calls pass it, one at a time. Where it was closed, the thread blocks
 * instead, until it is ended: that is safe outside native code. Without shared memory nobody closes it.
 */
export class Gate {
  readonly #numbers: Int32Array;

  /** @param gate - busy until `open` is called: loading native code is a native call */
  constructor(gate: SharedGate | undefined) {
    this.#numbers = gate === undefined ? new Int32Array(GATE_SIZE) : numbersOf(gate);
  }

  /** Ends the call that was on. */
  open(): void {
    if (Atomics.compareExchange(this.#numbers, STATE, BUSY, OPEN) !== CLOSING) return;
    Atomics.store(this.#numbers, STATE, CLOSED);
    Atomics.notify(this.#numbers, STATE);
    this.#standStill();
  }

  /** Whether work that is not begun is not wanted any more. */
  get hurries(): boolean {
    return Atomics.load(this.#numbers, HURRY) === 1;
  }

  /** Makes a native call. */
  async pass<T>(call: () => Promise<T>): Promise<T> {
    if (Atomics.compareExchange(this.#numbers, STATE, OPEN, BUSY) === CLOSED) this.#standStill();
    try {
      return await call();
    } finally {
      this.open();
    }
  }

  #standStill(): void {
    for (;;) Atomics.wait(this.#numbers, STATE, CLOSED);
  }
}

/** Tells the thread behind a gate that work it has not begun is not wanted any more. */
export function hurry(gate: SharedGate): void {
  Atomics.store(numbersOf(gate), HURRY, 1);
}

/** Whether the thread behind a gate makes no further call. */
export function isClosed(gate: SharedGate): boolean {
  return Atomics.load(numbersOf(gate), STATE) >= CLOSING;
}

/** Closes a gate, and blocks until the current call has returned, or for so many milliseconds. */
export function closeGate(gate: SharedGate, patience: number): void {
  if (asksToClose(gate)) Atomics.wait(numbersOf(gate), STATE, CLOSING, patience);
}

/** Closes a gate. Resolves when the call that is on has come back, or after so many milliseconds. */
export async function closedGate(gate: SharedGate, patience: number): Promise<void> {
  if (!asksToClose(gate)) return;
  const end = performance.now() + patience;
  while (Atomics.load(numbersOf(gate), STATE) === CLOSING && performance.now() < end)
    await new Promise((resolve) => void setTimeout(resolve, LOOK_AGAIN_MS));
}

/** Whether a call is on, so that there is something to wait for. */
function asksToClose(gate: SharedGate): boolean {
  const numbers = numbersOf(gate);
  if (Atomics.compareExchange(numbers, STATE, OPEN, CLOSED) === OPEN) return false;
  Atomics.compareExchange(numbers, STATE, BUSY, CLOSING);
  return Atomics.load(numbers, STATE) === CLOSING;
}

/** A gate for a thread that is about to be started: its first call is on, the loading of its code. */
export function newGate(gate: SharedGate, owner: number): SharedGate {
  const numbers = numbersOf(gate);
  Atomics.store(numbers, HURRY, 0);
  Atomics.store(numbers, STATE, BUSY);
  Atomics.store(numbers, OWNER, owner);
  return gate;
}

export function numbersOf({ shared, at }: SharedGate): Int32Array {
  return new Int32Array(shared, at * Int32Array.BYTES_PER_ELEMENT, GATE_SIZE);
}
