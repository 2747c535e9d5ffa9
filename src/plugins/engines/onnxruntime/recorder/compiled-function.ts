import * as tf from '@tensorflow/tfjs';
import type { TensorTree } from '../../../../core/contracts/engine.js';
import { scoped } from '../../../../core/tensors/scoped.js';
import { flatten, rebuilt, type FlatTree } from '../tensor-tree.js';
import { partOf } from '../graph/graph-part.js';
import type { Spec } from '../graph/spec.js';
import { Value, type ResidentLayout } from '../graph/value.js';
import { filterLeaves } from '../blocked/leaf-layouts.js';
import { lowered } from '../passes/lowering.js';
import { prepared } from '../passes/prepared.js';
import type { Executor } from '../runner/executor.js';
import { loadModel, type LoadedModel } from '../runner/model-cache.js';
import type { ForeignValue } from './foreign-value.js';
import { infoOf } from './info-of.js';
import type { RecorderBackend } from './recorder-backend.js';
import { Trace } from './trace.js';

/** Where a tensor of the output comes from when the model runs. */
type Origin =
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'result'; readonly index: number }
  | { readonly kind: 'leaf'; readonly value: Value };

/** A function as a model, for inputs of one form. */
interface Replay<O> {
  readonly executor: Executor;
  readonly model: LoadedModel;
  /** What the model takes: inputs by place, and captured values. */
  readonly feeds: readonly { readonly source: number | Value; readonly layout: ResidentLayout }[];
  readonly results: readonly Spec[];
  /** The output as it was traced: its form only. */
  readonly template: O;
  readonly origins: readonly Origin[];
}

/** Counts of a compiled function. */
export interface CompileReport {
  readonly traced: number;
  readonly replayed: number;
  /** Calls that ran without a model because the function reads numbers while it runs. */
  readonly inline: number;
}

/** A function that is traced once for each form of its input, and then replayed without running its JavaScript again. */
export class CompiledFunction<I extends TensorTree, O extends TensorTree> {
  readonly #work: (input: I) => O;
  readonly #replays = new Map<string, Replay<O> | 'inline'>();
  #traced = 0;
  #replayed = 0;
  #inline = 0;

  constructor(work: (input: I) => O) {
    this.#work = work;
  }

  get report(): CompileReport {
    return { traced: this.#traced, replayed: this.#replayed, inline: this.#inline };
  }

  /** Calls it. The backend is current. */
  call(backend: RecorderBackend, input: I): O {
    const flat = flatten(input);
    const values = flat.tensors.map(({ dataId }) => backend.resolve(dataId));
    if (backend.trace !== undefined || !values.every((value, index) => isWhole(value, flat.tensors[index]))) {
      return scoped(() => this.#work(input));
    }
    const replay = this.#replayFor(backend, input, flat, values as Value[]);
    if (replay === 'inline' || isAmbiguous(replay, values as Value[])) {
      this.#inline++;
      return scoped(() => this.#work(input));
    }
    this.#replayed++;
    return run(replay, backend, flat, values as Value[]);
  }

  #replayFor(backend: RecorderBackend, input: I, flat: FlatTree, values: readonly Value[]): Replay<O> | 'inline' {
    const known = this.#replays.get(flat.signature);
    if (known === 'inline' || known?.executor === backend.executor) return known;
    this.#traced++;
    const made = this.#trace(backend, input, values);
    this.#replays.set(flat.signature, made);
    return made;
  }

  #trace(backend: RecorderBackend, input: I, values: readonly Value[]): Replay<O> | 'inline' {
    const trace = new Trace(values);
    backend.trace = trace;
    let output: O;
    try {
      output = scoped(() => {
        const standIns = trace.placeholders.map((value) => tensorOf(backend, value));
        return this.#work(rebuilt(input, standIns));
      });
    } catch (error) {
      if (trace.wasRead) return 'inline';
      throw error;
    } finally {
      backend.trace = undefined;
    }
    try {
      return replayOf(backend.executor, trace, output, flatten(output));
    } finally {
      tf.dispose(output as unknown as tf.TensorContainer);
    }
  }
}

/** Whether a value is one that graphs hold, under the shape of its tensor. */
function isWhole(value: Value | ForeignValue, tensor: tf.Tensor | undefined): boolean {
  return value instanceof Value && value.shape.join() === tensor?.shape.join();
}

/** Whether one tensor stands in two places that want its numbers in different orders. */
function isAmbiguous<O>({ feeds }: Replay<O>, values: readonly Value[]): boolean {
  const layouts = new Map<Value, ResidentLayout>();
  return feeds.some(({ source, layout }) => {
    const value = typeof source === 'number' ? (values[source] as Value) : source;
    const other = layouts.get(value);
    layouts.set(value, layout);
    return other !== undefined && other !== layout;
  });
}

function replayOf<O>(executor: Executor, trace: Trace, template: O, { tensors }: FlatTree): Replay<O> {
  const outputs = tensors.map(({ dataId }) => dataId as unknown as Value);
  const part = prepared(partOf(outputs));
  const { placeholders, made } = trace;
  const layouts = executor.block > 0 ? filterLeaves(part, executor.block) : new Map<Value, ResidentLayout>();
  const layoutOf = (leaf: Value): ResidentLayout => layouts.get(leaf) ?? 'plain';
  const model = lowered(part, { block: executor.block, isConstant: (leaf) => made.has(leaf), layoutOf });
  const feeds = model.feeds.map((leaf) => {
    const index = placeholders.indexOf(leaf);
    if (index < 0) leaf.handles++;
    return { source: index < 0 ? leaf : index, layout: layoutOf(leaf) } as const;
  });
  const origins = outputs.map((value): Origin => {
    if (value.state.kind === 'placeholder') return { kind: 'input', index: placeholders.indexOf(value) };
    const index = part.results.indexOf(value);
    if (index < 0) value.handles++;
    return index < 0 ? { kind: 'leaf', value } : { kind: 'result', index };
  });
  const loaded = loadModel(executor.runner, model, executor.block > 0 ? 'disabled' : 'all');
  const results = part.results.map(({ shape, dtype }) => ({ shape, dtype }));
  return { executor, model: loaded, feeds, results, template, origins };
}

function run<O extends TensorTree>(
  { executor, model, feeds, results, template, origins }: Replay<O>,
  backend: RecorderBackend,
  { tensors }: FlatTree,
  values: readonly Value[],
): O {
  executor.submit(values);
  const fed = feeds.map(({ source, layout }) =>
    executor.feed(typeof source === 'number' ? (values[source] as Value) : source, layout),
  );
  const made = results.map((spec) => new Value(spec, { kind: 'gone' }));
  executor.run(model, fed, made);
  const outputs = origins.map((origin) => {
    if (origin.kind === 'input') return tensors[origin.index] as tf.Tensor;
    if (origin.kind === 'result') return tensorOf(backend, made[origin.index] as Value);
    return copyOf(backend, origin.value);
  });
  return rebuilt(template, outputs);
}

function tensorOf(backend: RecorderBackend, value: Value): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(infoOf(backend.adopt(value)));
}

function copyOf(backend: RecorderBackend, value: Value): tf.Tensor {
  backend.incRef(value);
  return tf.engine().makeTensorFromTensorInfo(infoOf(value));
}
