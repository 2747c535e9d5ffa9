import type * as ort from 'onnxruntime-node';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { DONE_OUTPUT } from '../emit/onnx-model.js';
import type { HostData } from '../graph/spec.js';
import { BufferPool } from './buffer-pool.js';
import type { Feed, HostTensor, ModelSpec, RunnerSettings } from './protocol.js';

type Runtime = Pick<typeof ort, 'InferenceSession' | 'Tensor'>;

/** A loaded model, or why it could not be loaded. */
type Model = { readonly spec: ModelSpec; readonly session: InferenceSession } | { readonly problem: string };

/** A value, or why there is none. */
type Held = { readonly tensor: Tensor } | { readonly problem: string };

/** What a run gives, or why it gives nothing. */
type Outcome = { readonly tensors: readonly Tensor[] } | { readonly problem: string };

/** Sessions and values of one runner, by number. */
export class Models {
  readonly #runtime: Runtime;
  readonly #settings: RunnerSettings;
  readonly #models = new Map<number, Model>();
  readonly #values = new Map<number, Held>();
  readonly #pool = new BufferPool();

  constructor(runtime: Runtime, settings: RunnerSettings) {
    this.#runtime = runtime;
    this.#settings = settings;
  }

  put(id: number, tensor: HostTensor): void {
    const own = this.#emptyTensors([tensor]);
    if ('tensors' in own) for (const { data } of own.tensors) (data as HostData).set(tensor.data);
    this.#keep([id], own);
  }

  async load(model: number, spec: ModelSpec): Promise<void> {
    try {
      const session = await this.#runtime.InferenceSession.create(spec.bytes, this.#options(spec));
      this.#models.set(model, { spec, session });
    } catch (error) {
      this.#models.set(model, { problem: `ONNX Runtime refused the model: ${messageOf(error)}` });
    }
  }

  async run(number: number, feeds: readonly Feed[], results: readonly number[]): Promise<void> {
    this.#keep(results, await this.#outcome(number, feeds));
  }

  free(id: number): void {
    const held = this.#values.get(id);
    this.#values.delete(id);
    if (held !== undefined && 'tensor' in held) this.#giveBack([held.tensor]);
  }

  async unload(number: number): Promise<void> {
    const model = this.#models.get(number);
    this.#models.delete(number);
    if (model !== undefined && 'session' in model) await model.session.release();
  }

  /** Gives everything back to ONNX Runtime. */
  async unloadAll(): Promise<void> {
    this.#values.clear();
    for (const number of [...this.#models.keys()]) await this.unload(number);
  }

  /** Why one of these values is not there, if so. */
  problemOf(ids: readonly number[]): string | undefined {
    for (const id of ids) {
      const held = this.#values.get(id);
      if (held === undefined) return `value ${id} is not held`;
      if ('problem' in held) return held.problem;
    }
    return undefined;
  }

  copyOf(id: number): HostData {
    return this.#dataOf(id).slice();
  }

  bytesOf(id: number): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.#dataOf(id);
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  #keep(ids: readonly number[], outcome: Outcome): void {
    ids.forEach((id, index) =>
      this.#values.set(id, 'problem' in outcome ? outcome : { tensor: outcome.tensors[index] as Tensor }),
    );
  }

  #dataOf(id: number): HostData {
    const held = this.#values.get(id);
    if (held === undefined || 'problem' in held) throw new Error(`value ${id} is not held`);
    return held.tensor.data as HostData;
  }

  async #outcome(number: number, feeds: readonly Feed[]): Promise<Outcome> {
    const model = this.#models.get(number);
    if (model === undefined) return { problem: `model ${number} is not loaded` };
    if ('problem' in model) return model;
    const problem = this.problemOf(feeds.filter((feed) => typeof feed === 'number'));
    if (problem !== undefined) return { problem };
    const { spec, session } = model;
    const given = feeds.map((feed, index) => [spec.inputs[index] as string, this.#fed(feed)] as const);
    const room = this.#emptyTensors(spec.results);
    if ('problem' in room) return room;
    const fetches = spec.results.map(({ name }, index) => [name, room.tensors[index] as Tensor] as const);
    try {
      await session.run(Object.fromEntries(given), { ...Object.fromEntries(fetches), [DONE_OUTPUT]: null });
      return room;
    } catch (error) {
      if (isDone(error)) return room;
      this.#giveBack(room.tensors);
      return { problem: `ONNX Runtime failed: ${messageOf(error)}` };
    }
  }

  #fed(feed: Feed): Tensor {
    if (typeof feed !== 'number') return this.#tensor(feed);
    const held = this.#values.get(feed);
    if (held === undefined || 'problem' in held) throw new Error(`value ${feed} is not held`);
    return held.tensor;
  }

  /** Room for values, or why there is none: memory may run out. */
  #emptyTensors(specs: readonly Pick<HostTensor, 'type' | 'dims'>[]): Outcome {
    const tensors: Tensor[] = [];
    try {
      for (const { type, dims } of specs) tensors.push(this.#tensor({ type, dims, data: this.#pool.take(type, dims) }));
      return { tensors };
    } catch (error) {
      this.#giveBack(tensors);
      const sizes = specs.map(({ type, dims }) => `${type} [${dims.join()}]`);
      return { problem: `no memory for ${sizes.join(', ')}: ${messageOf(error)}` };
    }
  }

  #giveBack(tensors: readonly Tensor[]): void {
    for (const { data } of tensors) this.#pool.give(data as HostData);
  }

  #tensor({ type, dims, data }: HostTensor): Tensor {
    return new this.#runtime.Tensor(type, data, [...dims]);
  }

  #options({ optimization }: ModelSpec): InferenceSession.SessionOptions {
    const { provider, threads } = this.#settings;
    return {
      executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
      graphOptimizationLevel: optimization,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      // What goes wrong is said by the error.
      logSeverityLevel: 4,
    };
  }
}

/** The run has ended at the output that stops onnxruntime-node from copying: the others are written. */
function isDone(error: unknown): boolean {
  return messageOf(error).startsWith('Non tensor type');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
