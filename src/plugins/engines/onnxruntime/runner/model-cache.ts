import { onnxModel } from '../emit/onnx-model.js';
import { sizeOf } from '../graph/spec.js';
import type { ResidentLayout } from '../graph/value.js';
import type { LoweredPart } from '../passes/lowering.js';
import type { ModelSpec } from './protocol.js';
import type { Runner } from './runner.js';

/** A model that the runner has loaded. */
export interface LoadedModel {
  readonly number: number;
  /** Layout of each result. */
  readonly layouts: readonly ResidentLayout[];
}

/** How often a structure was seen before. */
export interface CacheReport {
  readonly hits: number;
  readonly misses: number;
  readonly models: number;
}

/** Most numbers that a model takes whose runs are short. */
const SMALL = 2 ** 24;

let lastModel = 0;

/** A number that no other model has. */
export const newModelNumber = (): number => ++lastModel;

/** Loads a lowered part. */
export function loadModel(
  runner: Runner,
  { graph, results }: LoweredPart,
  optimization: ModelSpec['optimization'],
  keepsMemory = true,
): LoadedModel {
  const number = newModelNumber();
  runner.load(number, {
    bytes: onnxModel(graph),
    inputs: graph.inputs.map(({ name }) => name),
    results: graph.outputs.map(({ name, type, dims }) => ({ name, type, dims })),
    optimization,
    keepsMemory,
    hasPattern: graph.inputs.reduce((sum, { dims }) => sum + sizeOf(dims), 0) < SMALL,
  });
  return { number, layouts: results.map(({ layout }) => layout) };
}

/** Models by structure; the one unused for longest is unloaded when there are too many. */
export class ModelCache<M extends LoadedModel = LoadedModel> {
  readonly #runner: Runner;
  readonly #most: number;
  readonly #models = new Map<string, M>();
  #hits = 0;
  #misses = 0;

  constructor(runner: Runner, most: number) {
    this.#runner = runner;
    this.#most = most;
  }

  get report(): CacheReport {
    return { hits: this.#hits, misses: this.#misses, models: this.#models.size };
  }

  /** The model of a structure, loaded where it is new. */
  modelFor(key: string, load: () => M): M {
    const known = this.#models.get(key);
    if (known === undefined) this.#misses++;
    else this.#hits++;
    const model = known ?? load();
    this.#models.delete(key);
    this.#models.set(key, model);
    if (this.#models.size > this.#most) this.#unloadOldest();
    return model;
  }

  /** Whether this model is still loaded; if so, it is used now. */
  uses(key: string, model: M): boolean {
    if (this.#models.get(key) !== model) return false;
    this.#models.delete(key);
    this.#models.set(key, model);
    return true;
  }

  #unloadOldest(): void {
    const [oldest] = this.#models;
    if (oldest === undefined) return;
    this.#models.delete(oldest[0]);
    this.#runner.unload(oldest[1].number);
  }
}
