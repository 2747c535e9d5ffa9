import { hurry, isClosed } from '../../../../core/threads/gate.js';
import type { ElementType, HostData } from '../graph/spec.js';
import {
  DONE,
  SHARED_HEADER,
  WAITING,
  type Answer,
  type Command,
  type Feed,
  type ModelSpec,
  type PutTensor,
  type RunnerSettings,
} from './protocol.js';
import { mayWait, type RunnerThread, type StartThread } from './thread.js';

/** Room for a message where a shared read fails. */
const PROBLEM_ROOM = 1024;

/** What is said where the thread is gone. */
const ENDED = 'the thread of ONNX Runtime ended';

/** What is said where it computes nothing more, because the process or the thread that started it ends. */
const ENDS = 'the thread of ONNX Runtime is being ended';

/** Milliseconds between two looks whether the thread still lives, while a shared read waits. */
const PATIENCE = 200;

interface Waiting {
  readonly resolve: (data: HostData | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** This thread's end of a runner: sends requests in order, and receives answers in order. Values and models are numbers here. */
export class Runner {
  /** Whether values can be read at once: this thread may block until they are there. */
  readonly readsAtOnce = mayWait();
  readonly #thread: RunnerThread;
  readonly #waiting = new Map<number, Waiting>();
  /** Set by the thread as its last act. */
  readonly #threadEnded = this.readsAtOnce ? new Int32Array(new SharedArrayBuffer(4)) : undefined;
  #queue: Command[] = [];
  /** Memory that goes over to the thread with the queue. */
  #given: ArrayBuffer[] = [];
  #flushing = false;
  #lastTicket = 0;
  #problem: string | undefined;
  #stopping = false;
  readonly #started: Promise<string>;

  /** @param start - makes the thread */
  constructor(settings: RunnerSettings, start: StartThread) {
    this.#thread = start({ ...settings, ended: this.#threadEnded?.buffer });
    this.#started = new Promise((resolve, reject) => {
      this.#thread.listen((answer) => {
        if (answer.kind === 'ready') resolve(answer.version);
        else if (answer.kind === 'refused') reject(new Error(answer.problem));
        else if (answer.kind !== 'ended') this.#hear(answer);
      });
      void this.#thread.ended.then((problem) =>
        this.#die(problem === undefined ? ENDED : `the thread of ONNX Runtime failed: ${problem}`, reject),
      );
    });
    this.#thread.unref();
  }

  /** Resolves with the version of ONNX Runtime when it can work; rejects with why it cannot. */
  started(): Promise<string> {
    this.#thread.ref();
    return this.#started.finally(() => this.#rest());
  }

  /** Why it does nothing any more, if so. */
  get problem(): string | undefined {
    return this.#problem;
  }

  put(id: number, tensor: PutTensor): void {
    if (tensor.isGiven) this.#given.push(tensor.data.buffer as ArrayBuffer);
    this.#ask({ kind: 'put', id, tensor });
  }

  /** A model file's memory, which may be large, goes over to the thread. */
  load(model: number, spec: ModelSpec): void {
    const { isFile, bytes, external = [] } = spec;
    const given = isFile ? [bytes, ...external.map(({ data }) => data)] : [];
    this.#given.push(...given.map(({ buffer }) => buffer as ArrayBuffer));
    this.#ask({ kind: 'load', model, spec });
  }

  /** @param shapes - of the results, of a model whose shapes are free */
  run(
    model: number,
    feeds: readonly Feed[],
    results: readonly number[],
    shapes?: readonly (readonly number[])[],
  ): void {
    this.#ask({ kind: 'run', model, feeds, results, ...(shapes === undefined ? {} : { shapes }) });
    this.#flush();
  }

  /** Makes another value of one, under its number and, where it has as many bytes, in its memory. */
  change(model: number, id: number): void {
    this.#ask({ kind: 'run', model, feeds: [id], results: [id], isInPlace: true });
  }

  /** Resolves when a model is loaded; rejects with why it is not. */
  async loaded(model: number): Promise<void> {
    await this.#answered((ticket) => ({ kind: 'loaded', ticket, model }));
  }

  free(ids: readonly number[]): void {
    this.#ask({ kind: 'free', ids });
  }

  unload(model: number): void {
    this.#ask({ kind: 'unload', model });
  }

  /** Resolves when these values are computed; rejects with why one of them could not be. */
  async settle(ids: readonly number[]): Promise<void> {
    await this.#answered((ticket) => ({ kind: 'settle', ticket, ids }));
  }

  async read(id: number): Promise<HostData> {
    return (await this.#answered((ticket) => ({ kind: 'read', ticket, id }))) as HostData;
  }

  /** Waits, and lets nothing else happen on this thread meanwhile. Only where it `readsAtOnce`. */
  readSync(id: number, type: ElementType, size: number): HostData {
    const bytes = type === 'bool' ? size : size * 4;
    const shared = new SharedArrayBuffer(SHARED_HEADER + Math.max(bytes, PROBLEM_ROOM));
    this.#ask({ kind: 'readSync', id, shared });
    this.#flush();
    const header = new Int32Array(shared, 0, 2);
    while (Atomics.load(header, 0) === WAITING) {
      if (this.#problem !== undefined || this.#hasEnded()) throw new Error(this.#problem ?? ENDED);
      if (this.#thread.gate !== undefined && isClosed(this.#thread.gate)) throw new Error(ENDS);
      Atomics.wait(header, 0, WAITING, PATIENCE);
    }
    const room = new Uint8Array(shared, SHARED_HEADER, header[1]).slice();
    if (Atomics.load(header, 0) !== DONE) throw new Error(new TextDecoder().decode(room));
    return type === 'bool' ? room : new (type === 'int32' ? Int32Array : Float32Array)(room.buffer);
  }

  /**
   * Ends the thread when the call that ONNX Runtime is in has come back: what it was asked beside that is left, and what
   * waits for an answer is rejected. Idempotent. The thread ends by itself: a thread that is ended from outside while ONNX
   * Runtime works takes the process with it.
   */
  async stop(): Promise<void> {
    if (this.#thread.gate !== undefined) hurry(this.#thread.gate);
    if (this.#problem === undefined) this.#ask({ kind: 'stop' });
    this.#flush();
    this.#die('the engine was stopped');
    this.#stopping = true;
    this.#thread.ref();
    await this.#thread.ended;
  }

  #hasEnded(): boolean {
    return this.#threadEnded !== undefined && Atomics.load(this.#threadEnded, 0) === 1;
  }

  #answered(command: (ticket: number) => Command): Promise<HostData | undefined> {
    const ticket = ++this.#lastTicket;
    return new Promise((resolve, reject) => {
      if (this.#problem !== undefined) {
        reject(new Error(this.#problem));
        return;
      }
      this.#waiting.set(ticket, { resolve, reject });
      this.#thread.ref();
      this.#ask(command(ticket));
      this.#flush();
    });
  }

  #ask(command: Command): void {
    this.#queue.push(command);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    const [commands, given] = [this.#queue, this.#given];
    if (commands.length === 0) return;
    [this.#queue, this.#given] = [[], []];
    if (this.#problem === undefined) this.#thread.post(commands, given);
  }

  #hear(answer: Extract<Answer, { readonly ticket: number }>): void {
    const waiting = this.#waiting.get(answer.ticket);
    this.#waiting.delete(answer.ticket);
    this.#rest();
    if (answer.problem !== undefined) waiting?.reject(new Error(answer.problem));
    else waiting?.resolve(answer.kind === 'data' ? answer.data : undefined);
  }

  /** Lets the process end while nobody waits; late answers to those who gave up do not, while the thread ends. */
  #rest(): void {
    if (this.#waiting.size === 0 && !this.#stopping) this.#thread.unref();
  }

  #die(problem: string, reject?: (error: Error) => void): void {
    this.#problem ??= problem;
    reject?.(new Error(this.#problem));
    for (const { reject: refuse } of this.#waiting.values()) refuse(new Error(this.#problem));
    this.#waiting.clear();
  }
}
