import * as tf from '@tensorflow/tfjs';
import type { TensorTree } from '../../../../core/contracts/engine.js';
import { filterLeaves } from '../blocked/leaf-layouts.js';
import { partOf, type GraphPart } from '../graph/graph-part.js';
import { structureKey } from '../graph/structure-key.js';
import type { Spec } from '../graph/spec.js';
import { GONE, Value, type ResidentLayout } from '../graph/value.js';
import { lowered } from '../passes/lowering.js';
import { prepared } from '../passes/prepared.js';
import type { CompiledModel, Executor } from '../runner/executor.js';
import { loadModel } from '../runner/model-cache.js';
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
  /** Its structure. */
  readonly key: string;
  readonly model: CompiledModel;
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

/** Whether the model of a replay is still loaded, and so may be used. */
export function isLoaded<O>({ executor, key, model }: Replay<O>): boolean {
  return executor.compiled.uses(key, model);
}

/** What was traced, with its model: made here where no function before had this structure. */
export function replayOf<O>(executor: Executor, trace: Trace, template: O, { tensors }: FlatTree): Replay<O> {
  const outputs = tensors.map(({ dataId }) => dataId as unknown as Value);
  const part = partOf(outputs);
  const { placeholders, made } = trace;
  const isConstant = (leaf: Value): boolean => made.has(leaf);
  const key = structureKey(part, isConstant);
  const model = executor.compiled.modelFor(key, () => compiledModel(executor, part, isConstant));
  const feeds = model.feeds.map(({ leaf: place, layout }) => {
    const leaf = part.leaves[place] as Value;
    const index = placeholders.indexOf(leaf);
    if (index < 0) leaf.handles++;
    return { source: index < 0 ? leaf : index, layout } as const;
  });
  const origins = outputs.map((value): Origin => {
    if (value.state.kind === 'placeholder') return { kind: 'input', index: placeholders.indexOf(value) };
    const index = part.results.indexOf(value);
    if (index < 0) value.handles++;
    return index < 0 ? { kind: 'leaf', value } : { kind: 'result', index };
  });
  const results = part.results.map(({ shape, dtype }) => ({ shape, dtype }));
  return { executor, key, model, feeds, results, template, origins };
}

function compiledModel(executor: Executor, raw: GraphPart, isConstant: (leaf: Value) => boolean): CompiledModel {
  const { block, runner } = executor;
  const part = prepared(raw);
  const layouts = block > 0 ? filterLeaves(part, block) : new Map<Value, ResidentLayout>();
  const layoutOf = (leaf: Value): ResidentLayout => layouts.get(leaf) ?? 'plain';
  const made = lowered(part, { block, isConstant, layoutOf });
  const feeds = made.feeds.map((leaf) => ({ leaf: part.leaves.indexOf(leaf), layout: layoutOf(leaf) }));
  return { ...loadModel(runner, made, block > 1 ? 'disabled' : 'all'), feeds };
}

/** Gives back what a replay captured. Its model stays: other functions may have it. */
export function forget<O>({ executor, feeds, origins }: Pick<Replay<O>, 'executor' | 'feeds' | 'origins'>): void {
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
  const made = results.map((spec) => new Value(spec, GONE));
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
