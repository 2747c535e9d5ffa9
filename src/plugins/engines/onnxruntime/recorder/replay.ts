import * as tf from '@tensorflow/tfjs';
import type { TensorTree } from '../../../../core/contracts/engine.js';
import { filterLeaves } from '../blocked/leaf-layouts.js';
import { partOf } from '../graph/graph-part.js';
import type { Spec } from '../graph/spec.js';
import { Value, type ResidentLayout } from '../graph/value.js';
import { lowered } from '../passes/lowering.js';
import { prepared } from '../passes/prepared.js';
import type { Executor } from '../runner/executor.js';
import { loadModel, type LoadedModel } from '../runner/model-cache.js';
import { rebuilt, type FlatTree } from '../tensor-tree.js';
import { infoOf } from './info-of.js';
import type { RecorderBackend } from './recorder-backend.js';
import type { Trace } from './trace.js';

/** Where a tensor of the output comes from when the model runs. */
type Origin =
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'result'; readonly index: number }
  | { readonly kind: 'leaf'; readonly value: Value };

/** A function as a model, for inputs of one form. */
export interface Replay<O> {
  readonly executor: Executor;
  readonly model: LoadedModel;
  /** What the model takes: inputs by place, and captured values. */
  readonly feeds: readonly { readonly source: number | Value; readonly layout: ResidentLayout }[];
  readonly results: readonly Spec[];
  /** The output as it was traced: its form only. */
  readonly template: O;
  readonly origins: readonly Origin[];
}

/** Whether one tensor stands in two places that want its numbers in different orders. */
export function isAmbiguous<O>({ feeds }: Replay<O>, values: readonly Value[]): boolean {
  const layouts = new Map<Value, ResidentLayout>();
  return feeds.some(({ source, layout }) => {
    const value = typeof source === 'number' ? (values[source] as Value) : source;
    const other = layouts.get(value);
    layouts.set(value, layout);
    return other !== undefined && other !== layout;
  });
}

/** Makes a model of what was traced. */
export function replayOf<O>(executor: Executor, trace: Trace, template: O, { tensors }: FlatTree): Replay<O> {
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
  const loaded = loadModel(executor.runner, model, executor.block > 1 ? 'disabled' : 'all');
  const results = part.results.map(({ shape, dtype }) => ({ shape, dtype }));
  return { executor, model: loaded, feeds, results, template, origins };
}

/** Gives back a model and what it captured. */
export function forget<O>({ executor, model, feeds, origins }: Replay<O>): void {
  executor.runner.unload(model.number);
  const captured = [
    ...feeds.flatMap(({ source }) => (typeof source === 'number' ? [] : [source])),
    ...origins.flatMap((origin) => (origin.kind === 'leaf' ? [origin.value] : [])),
  ];
  for (const value of captured) value.handles--;
  executor.release(captured);
}

/** Runs the model of a replay on other tensors. */
export function replayed<O extends TensorTree>(
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
    if (origin.kind === 'result') return standInOf(backend, made[origin.index] as Value);
    return copyOf(backend, origin.value);
  });
  return rebuilt(template, outputs);
}

/** A tensor over a value. */
export function standInOf(backend: RecorderBackend, value: Value): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(infoOf(backend.adopt(value)));
}

function copyOf(backend: RecorderBackend, value: Value): tf.Tensor {
  backend.incRef(value);
  return tf.engine().makeTensorFromTensorInfo(infoOf(value));
}
