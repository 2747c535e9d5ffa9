import * as tf from '@tensorflow/tfjs';
import type { Adapter } from '../../contracts/adapter.js';
import type { ParametersBySlot, ParameterSet } from '../../contracts/denoiser.js';
import type { Engine } from '../../contracts/engine.js';
import type { LiveValues } from '../../contracts/guidance.js';
import { identityOf } from '../../assembly/plugin-identity.js';
import { parametersOf, type WeightedParts } from '../../compatibility/runnable.js';
import { blame } from '../../errors/blame.js';
import { DiffusionError } from '../../errors/diffusion-error.js';
import { compiledOnce } from '../../tensors/compiled-once.js';
import { isSameShape } from '../../tensors/same-shape.js';
import { scoped } from '../../tensors/scoped.js';

/** An adapter at work: its weights and its scale now. */
interface AdapterUse {
  readonly adapter: Adapter;
  readonly own: ParameterSet;
  readonly scale: number;
}

/** Weights, and the adapters that change them, in order. */
export interface AdaptedBy {
  readonly base: ParameterSet;
  readonly uses: readonly AdapterUse[];
}

/** The parts whose adapters are asked for. */
export type AdaptedParts = Partial<WeightedParts>;

/** The weights of a slot without any: always the same object. */
const NONE: ParameterSet = Object.freeze({});

/**
 * The weights of a slot and the adapters that change them, as they are now.
 *
 * @param given - weights by slot, where they are not the plugins' own
 */
export function adaptedBy(parts: AdaptedParts, slot: string, given: ParametersBySlot, live: LiveValues): AdaptedBy {
  const weightsOf = (key: string): ParameterSet => given[key] ?? parametersOf(parts, key) ?? NONE;
  const uses = Object.entries(parts.adapters ?? {})
    .filter(([, adapter]) => adapter.slot === slot)
    .map(([key, adapter]): AdapterUse => ({ adapter, own: weightsOf(key), scale: scaleOf(key, adapter, live) }));
  return { base: weightsOf(slot), uses };
}

/** Whether the same adapters with the same weights and scales change the same weights. */
export function isSameUse(a: AdaptedBy, b: AdaptedBy): boolean {
  const areSame = ({ adapter, own, scale }: AdapterUse, other: AdapterUse | undefined): boolean =>
    adapter === other?.adapter && own === other.own && scale === other.scale;
  return a.base === b.base && a.uses.length === b.uses.length && a.uses.every((use, i) => areSame(use, b.uses[i]));
}

/** The weights that the adapters change, each applied to what the one before it made. New tensors, of the caller. */
export function changedWeights(engine: Engine, { base, uses }: AdaptedBy, index?: number): ParameterSet {
  return engine.run(() => scoped(() => applied(engine, { base, uses }, index)));
}

function applied(engine: Engine, { base, uses }: AdaptedBy, index?: number): ParameterSet {
  const changed: Record<string, tf.Tensor> = {};
  for (const { adapter, own, scale } of uses) {
    try {
      const input = { base: { ...base, ...changed }, own, scale: tf.scalar(scale) };
      Object.assign(changed, adapterCall(engine, adapter)(input));
    } catch (error) {
      throw blame(error, identityOf(adapter, 'adapter'), index);
    }
  }
  return changed;
}

function scaleOf(slot: string, { scale }: Adapter, live: LiveValues): number {
  const now = live[`${slot}.scale`];
  return typeof now === 'number' ? now : scale;
}

/** What a compiled call of an adapter takes. */
type AdapterInput = { readonly base: ParameterSet; readonly own: ParameterSet; readonly scale: tf.Scalar };

/** The compiled call of an adapter on an engine; made once. It gives the changed weights, all of them new tensors. */
const adapterCall = compiledOnce((engine: Engine, adapter: Adapter) =>
  engine.compile(({ base, own, scale }: AdapterInput): ParameterSet => {
    const given = adapter.apply(base, own, scale);
    return Object.fromEntries(
      Object.entries(checkedChanges(adapter, given)).map(([name, tensor]) => [name, tf.clone(tensor)]),
    );
  }),
);

/** What an adapter gave. Throws `RXD_PLUGIN_OUTPUT` unless it is the weights that it says it changes. */
export function checkedChanges(adapter: Adapter, given: ParameterSet): ParameterSet {
  const names = [...new Set([...Object.keys(adapter.changes), ...Object.keys(given)])];
  const wrong = names.find((name) => !isAsSaid(given[name], adapter.changes[name]));
  if (wrong === undefined) return given;
  const [made, expected] = [given[wrong] as unknown, adapter.changes[wrong]];
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the adapter gave other weights than those that it changes',
    got: made instanceof tf.Tensor ? `${wrong}: ${made.dtype} [${made.shape.join(', ')}]` : `no tensor ${wrong}`,
    expected: expected ? `${wrong}: float32 [${expected.join(', ')}]` : `only the names in \`changes\`, not ${wrong}`,
    fix: 'return a tensor for each name in `changes`, of its shape',
    plugin: identityOf(adapter, 'adapter'),
  });
}

function isAsSaid(tensor: unknown, shape: readonly number[] | undefined): boolean {
  return (
    shape !== undefined &&
    tensor instanceof tf.Tensor &&
    tensor.dtype === 'float32' &&
    isSameShape(tensor.shape, [...shape])
  );
}
