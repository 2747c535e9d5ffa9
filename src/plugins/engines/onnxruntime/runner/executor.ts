import type { StoredNumbers } from '../../../../core/contracts/engine.js';
import { DiffusionError } from '../../../../core/errors/diffusion-error.js';
import { graphFor } from '../blocked/channels-first-graph.js';
import { toFilter, toPlain, filterDims } from '../blocked/layout.js';
import { partFor } from '../graph/graph-part.js';
import { release } from '../graph/lifetime.js';
import { structureKey } from '../graph/structure-key.js';
import type { HostData } from '../graph/spec.js';
import { GONE, type ResidentLayout, type Value } from '../graph/value.js';
import { messageOf } from '../../../../core/errors/format-value.js';
import { lowered } from '../passes/lowering.js';
import { unpackingSteps } from './unpacking.js';
import { loadModel, ModelCache, type CacheReport, type LoadedModel } from './model-cache.js';
import type { Feed } from './protocol.js';
import type { Runner } from './runner.js';

/** Host data of at most this many elements goes along with each run; larger data is put once. */
const CARRIED = 256;

/** Structures of recorded work that are kept loaded: a few kernels each. */
const KEPT_MODELS = 512;

/** Structures of compiled functions that are kept loaded: a whole network each, with the memory for its intermediate values. */
export const KEPT_COMPILED = 64;

/** The model of a compiled function: for every function whose trace has this structure. */
export interface CompiledModel extends LoadedModel {
  /** What it takes: leaves of the traced part, by place. */
  readonly feeds: readonly { readonly leaf: number; readonly layout: ResidentLayout }[];
}

/** Makes recorded work real: parts become models, models run, values are kept with the runner. */
export class Executor {
  readonly runner: Runner;
  /** Channels of a block; 0 where blocked graphs are not used. */
  readonly block: number;
  readonly #name: string;
  readonly #cache: ModelCache;
  /** One for the whole life of the engine: whoever compiles the same work again finds it here. */
  readonly compiled: ModelCache<CompiledModel>;

  constructor(name: string, runner: Runner, block: number) {
    this.#name = name;
    this.runner = runner;
    this.block = block;
    this.#cache = new ModelCache(runner, KEPT_MODELS);
    this.compiled = new ModelCache(runner, KEPT_COMPILED);
  }

  get cacheReport(): CacheReport {
    return this.#cache.report;
  }

  /** Starts computing these values, and what others hold of what they need. */
  submit(values: readonly Value[]): void {
    const pending = values.filter(({ state }) => state.kind === 'recorded');
    if (pending.length === 0) return;
    const part = partFor(pending);
    const model = this.#cache.modelFor(structureKey(part), () => {
      const settings = { block: this.block, isConstant: () => false, layoutOf };
      return loadModel(this.runner, lowered(part, settings), 'disabled');
    });
    this.run(
      model,
      part.leaves.map((leaf) => this.#feed(leaf, layoutOf(leaf))),
      part.results,
    );
    this.#finish(
      part.nodes.flatMap(({ inputs }) => inputs),
      part.nodes.flatMap(({ outputs }) => outputs),
    );
  }

  /** Runs a model; its results are with the runner from now on. @param shapes - of them, where the model leaves them free */
  run(
    model: LoadedModel,
    feeds: readonly Feed[],
    results: readonly Value[],
    shapes?: readonly (readonly number[])[],
  ): void {
    const ids = results.map(({ id }) => id);
    this.runner.run(model.number, feeds, ids, shapes);
    results.forEach((result, index) => {
      result.state = { kind: 'resident', layout: model.layouts[index] ?? 'plain' };
    });
  }

  /** A value as an input of a model that wants it in a layout. */
  feed(value: Value, layout: ResidentLayout): Feed {
    this.submit([value]);
    return this.#feed(value, layout);
  }

  /** Resolves when these values are computed. */
  async settle(values: readonly Value[]): Promise<void> {
    this.submit(values);
    const ids = values.filter(({ state }) => state.kind === 'resident').map(({ id }) => id);
    if (ids.length > 0) await this.runner.settle(ids).catch((error: unknown) => this.#fail(error));
  }

  async read(value: Value): Promise<HostData> {
    const { state } = value;
    if (state.kind === 'host') return state.data;
    this.#makePlain(value);
    const data = await this.runner.read(value.id).catch((error: unknown) => this.#fail(error));
    if (!this.runner.readsAtOnce) this.#bringHome(value, data);
    return data;
  }

  /** Throws `RXD_ENGINE_FAILED` where the value cannot be computed, or only be waited for. */
  readSync(value: Value): HostData {
    const { state } = value;
    if (state.kind === 'host') return state.data;
    if (!this.runner.readsAtOnce) throw this.#onlyLater();
    this.#makePlain(value);
    try {
      return this.runner.readSync(value.id, value.dtype, value.size);
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** Gives up values that lost a handle or a use. */
  release(values: readonly Value[]): void {
    const freed: number[] = [];
    release(values, ({ id }) => freed.push(id));
    if (freed.length > 0) this.runner.free(freed);
  }

  #makePlain(value: Value): void {
    this.submit([value]);
    this.#feed(value, 'plain');
  }

  #feed(value: Value, layout: ResidentLayout): Feed {
    const { id, dtype, shape, state } = value;
    if (state.kind === 'host' && value.size <= CARRIED && layout === 'plain') {
      return { type: dtype, dims: shape, data: state.data };
    }
    if (state.kind === 'stored') this.#unpack(value, state.numbers, layout);
    if (state.kind === 'host') {
      this.runner.put(id, { type: dtype, dims: shape, data: state.data });
      value.state = { kind: 'resident', layout: 'plain' };
    }
    if (value.state.kind === 'resident' && value.state.layout !== layout) this.#convert(value, layout);
    return id;
  }

  /** Hands the numbers of a file over to the thread, which widens them and puts them in order. */
  #unpack(value: Value, numbers: StoredNumbers, layout: ResidentLayout): void {
    const { format, data, sides } = numbers;
    this.runner.put(value.id, { type: format, dims: sides, data, isGiven: true });
    value.state = { kind: 'resident', layout: 'plain' };
    for (const { key, make } of unpackingSteps(value, numbers, layout, this.block)) {
      const model = this.#cache.modelFor(key, () => loadModel(this.runner, make(), 'disabled', false));
      this.runner.change(model.number, value.id);
      value.state = { kind: 'resident', layout: model.layouts[0] ?? 'plain' };
    }
  }

  /** Reorders a value where it is. */
  #convert(value: Value, layout: ResidentLayout): void {
    const { shape } = value;
    const model = this.#cache.modelFor(`convert to ${layout} [${shape.join()}]`, () => {
      const graph = graphFor(this.block);
      const from = layout === 'plain' ? filterDims(value) : shape;
      const x = graph.input('float32', from);
      const made =
        layout === 'plain' ? toPlain(graph, x, value, 'filter', this.block) : toFilter(graph, x, value, this.block);
      graph.output(made, 'float32', layout === 'plain' ? shape : filterDims(value));
      const part = { graph, feeds: [value], results: [{ value, layout }] };
      return loadModel(this.runner, part, 'disabled');
    });
    this.run(model, [value.id], [value]);
  }

  /** What was recorded is computed: results are with the runner, the rest is given up. */
  #finish(inputs: readonly Value[], outputs: readonly Value[]): void {
    for (const output of outputs) if (output.state.kind === 'recorded') output.state = GONE;
    for (const input of inputs) input.uses--;
    this.release([...new Set(inputs)]);
  }

  /** A value that was waited for is on the host from now on, so that it can be read at once, and moved to other backends. */
  #bringHome(value: Value, data: HostData): void {
    if (value.state.kind !== 'resident') return;
    value.state = { kind: 'host', data };
    this.runner.free([value.id]);
  }

  #onlyLater(): DiffusionError {
    return new DiffusionError('RXD_ENGINE_FAILED', {
      problem: `values of the engine ${this.#name} can only be read asynchronously here`,
      got: '`dataSync()`, or a kernel that only the cpu backend has',
      expected: 'a tensor that `await tensor.data()` has read before',
      fix: 'read it by `await tensor.data()` first: a browser’s main thread cannot block',
      plugin: `engine/${this.#name}`,
    });
  }

  #fail(cause: unknown): never {
    throw new DiffusionError('RXD_ENGINE_FAILED', {
      problem: `ONNX Runtime could not compute this: ${messageOf(cause)}`,
      fix: 'use smaller batches if memory ran out; if the engine died, start it again or choose another one',
      plugin: `engine/${this.#name}`,
      cause,
    });
  }
}

/** How the numbers of a leaf lie now. */
function layoutOf({ state }: Value): ResidentLayout {
  return state.kind === 'resident' ? state.layout : 'plain';
}
