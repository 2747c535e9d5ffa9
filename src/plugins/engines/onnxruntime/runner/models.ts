import type { Gate } from '../../../../core/threads/gate.js';
import type { HostData } from '../graph/spec.js';
import { messageOf } from '../../../../core/errors/format-value.js';
import type { Command, Feed, ModelEdges, ModelSpec, PutTensor, RunnerSettings } from './protocol.js';
import { numbersOf, type Binding, type RuntimeTensor, type Session } from './runtime.js';

type RunCommand = Extract<Command, { readonly kind: 'run' }>;

/** A loaded model, or why it could not be loaded. */
type Model = { readonly edges: ModelEdges; readonly session: Session } | { readonly problem: string };

/** A value, or why there is none. */
type Held = { readonly tensor: RuntimeTensor } | { readonly problem: string };

/** What a run gives, or why it gives nothing. */
type Outcome = { readonly tensors: readonly RuntimeTensor[] } | { readonly problem: string };

/** What is said of work that was asked for before a stop, and not begun. */
const HURRIES = 'the engine was stopped';

/** Sessions and values of one runner, by number. */
export class Models {
  readonly #binding: Binding;
  readonly #settings: RunnerSettings;
  readonly #gate: Gate;
  readonly #models = new Map<number, Model>();
  readonly #values = new Map<number, Held>();

  /** @param gate - what its calls of ONNX Runtime pass */
  constructor(binding: Binding, settings: RunnerSettings, gate: Gate) {
    this.#binding = binding;
    this.#settings = settings;
    this.#gate = gate;
  }

  put(id: number, tensor: PutTensor): void {
    this.#keep([id], this.#kept(tensor));
  }

  async load(model: number, spec: ModelSpec): Promise<void> {
    if (this.#gate.hurries) return void this.#models.set(model, { problem: HURRIES });
    try {
      const { InferenceSession } = this.#binding.runtime;
      const session = await this.#gate.pass(() => InferenceSession.create(spec.bytes, this.#options(spec)));
      // Not its bytes, which ONNX Runtime has.
      const { inputs, results, isFile } = spec;
      this.#models.set(model, { edges: { inputs, results, ...(isFile ? { isFile } : {}) }, session });
    } catch (error) {
      this.#models.set(model, { problem: `ONNX Runtime refused the model: ${messageOf(error)}` });
    }
  }

  async run({ model, feeds, results, ...how }: RunCommand): Promise<void> {
    this.#keep(results, await this.#outcome(model, feeds, how));
  }

  /** Why a model is not loaded, if so. */
  refusalOf(number: number): string | undefined {
    const model = this.#models.get(number);
    if (model === undefined) return `model ${number} is not loaded`;
    return 'problem' in model ? model.problem : undefined;
  }

  free(id: number): void {
    const held = this.#values.get(id);
    this.#values.delete(id);
    if (held !== undefined && 'tensor' in held) this.#binding.giveBack([held.tensor]);
  }

  async unload(number: number): Promise<void> {
    const model = this.#models.get(number);
    this.#models.delete(number);
    if (model !== undefined && 'session' in model) {
      const { session } = model;
      await this.#gate.pass(() => session.release());
    }
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
    return this.dataOf(id).slice();
  }

  /** Borrowed: until the value is given back. */
  dataOf(id: number): HostData {
    return numbersOf(this.#held(id));
  }

  #keep(ids: readonly number[], outcome: Outcome): void {
    ids.forEach((id, index) => {
      const held: Held = 'problem' in outcome ? outcome : { tensor: outcome.tensors[index] as RuntimeTensor };
      this.#replace(id, held);
    });
  }

  /** A value that was put in another order has its number again, and maybe its memory. */
  #replace(id: number, held: Held): void {
    const before = this.#values.get(id);
    this.#values.set(id, held);
    if (before === undefined || 'problem' in before) return;
    const isSame = 'tensor' in held && numbersOf(held.tensor).buffer === numbersOf(before.tensor).buffer;
    if (!isSame) this.#binding.giveBack([before.tensor]);
  }

  #kept(tensor: PutTensor): Outcome {
    try {
      return { tensors: [this.#binding.kept(tensor)] };
    } catch (error) {
      return { problem: messageOf(error) };
    }
  }

  #held(id: number): RuntimeTensor {
    const held = this.#values.get(id);
    if (held === undefined || 'problem' in held) throw new Error(`value ${id} is not held`);
    return held.tensor;
  }

  async #outcome(
    number: number,
    feeds: readonly Feed[],
    { shapes, isInPlace }: Pick<RunCommand, 'shapes' | 'isInPlace'>,
  ): Promise<Outcome> {
    const model = this.#models.get(number);
    if (model === undefined) return { problem: `model ${number} is not loaded` };
    if ('problem' in model) return model;
    const problem = this.problemOf(feeds.filter((feed) => typeof feed === 'number'));
    if (problem !== undefined) return { problem };
    if (this.#gate.hurries) return { problem: HURRIES };
    const { edges, session } = model;
    const given = feeds.map((feed, index) => [edges.inputs[index] as string, this.#fed(feed)] as const);
    try {
      const over = isInPlace === true ? given[0]?.[1] : undefined;
      const results = shapes
        ? edges.results.map((result, index) => ({ ...result, dims: shapes[index] ?? result.dims }))
        : edges.results;
      const run = () => this.#binding.run(session, Object.fromEntries(given), { ...edges, results }, over);
      return { tensors: await this.#gate.pass(run) };
    } catch (error) {
      return { problem: `ONNX Runtime failed: ${messageOf(error)}` };
    }
  }

  #fed(feed: Feed): RuntimeTensor {
    if (typeof feed === 'number') return this.#held(feed);
    return new this.#binding.runtime.Tensor(feed.type, feed.data, [...feed.dims]);
  }

  #options({
    optimization,
    external,
    hasPattern = true,
    keepsMemory = true,
  }: ModelSpec): Readonly<Record<string, unknown>> {
    const { provider, threads } = this.#settings;
    return {
      // Not beside `cpu`, which ONNX Runtime has anyway: onnxruntime-web would go on with that alone in silence.
      executionProviders: [provider],
      graphOptimizationLevel: optimization,
      enableMemPattern: hasPattern,
      enableCpuMemArena: keepsMemory,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      ...(external === undefined || external.length === 0
        ? {}
        : { externalData: external.map(({ location, data }) => ({ path: location, data })) }),
      // What goes wrong is said by the error.
      logSeverityLevel: 4,
    };
  }
}
