import * as tf from '@tensorflow/tfjs';
import type { Adapter } from '../../contracts/adapter.js';
import type { ParametersBySlot, ParameterSet } from '../../contracts/denoiser.js';
import type { LiveValues } from '../../contracts/guidance.js';
import { blame } from '../../errors/blame.js';
import { identityOf } from '../../assembly/plugin-identity.js';
import { scoped } from '../../tensors/scoped.js';
import type { ReverseParts } from '../reverse-parts.js';
import { parametersOf } from '../../compatibility/runnable.js';
import type { Engine } from '../../contracts/engine.js';
import { DiffusionError } from '../../errors/diffusion-error.js';
import { compiledOnce } from '../../tensors/compiled-once.js';
import { isSameShape } from '../../tensors/same-shape.js';

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

function checkedChanges(adapter: Adapter, given: ParameterSet): ParameterSet {
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

/** An adapter at work: its weights and its scale now. */
interface Use {
  readonly adapter: Adapter;
  readonly own: ParameterSet;
  readonly scale: number;
}

/** The weights of a slot, changed. */
interface Adapted {
  readonly base: ParameterSet;
  readonly uses: readonly Use[];
  /** The tensors that were made, by name. */
  readonly changed: ParameterSet;
  readonly parameters: ParameterSet;
}

/** The adapted weights of a run, which owns them. They are computed when weights or scales are others than before. */
export class AdaptedWeights {
  readonly #made = new Map<string, Adapted>();

  /** All tensors that were made and are not freed yet. */
  get tensors(): readonly tf.Tensor[] {
    return [...this.#made.values()].flatMap(({ changed }) => Object.values(changed));
  }

  /**
   * Weights by slot for a step: those that were given, and those that adapters change.
   *
   * @param given - weights by slot, where they are not the plugins' own
   */
  at(parts: ReverseParts, given: ParametersBySlot, live: LiveValues, index: number): ParametersBySlot {
    const adapters = Object.entries(parts.adapters ?? {});
    if (adapters.length === 0) return given;
    const weightsOf = (slot: string): ParameterSet => given[slot] ?? parametersOf(parts, slot) ?? {};
    const slots = [...new Set(adapters.map(([, { slot }]) => slot))];
    const adapted = slots.map((slot) => {
      const uses = adapters
        .filter(([, adapter]) => adapter.slot === slot)
        .map(([key, adapter]): Use => ({ adapter, own: weightsOf(key), scale: scaleOf(key, adapter, live) }));
      return [slot, this.#adapted(parts, slot, { base: weightsOf(slot), uses }, index)] as const;
    });
    return { ...given, ...Object.fromEntries(adapted) };
  }

  #adapted(parts: ReverseParts, slot: string, asked: Pick<Adapted, 'base' | 'uses'>, index: number): ParameterSet {
    const before = this.#made.get(slot);
    if (before !== undefined && isSame(before, asked)) return before.parameters;
    const { base, uses } = asked;
    const changed = parts.engine.run(() => scoped(() => applied(parts, base, uses, index)));
    const parameters = { ...base, ...changed };
    this.#made.set(slot, { base, uses, changed, parameters });
    tf.dispose(Object.values(before?.changed ?? {}));
    return parameters;
  }
}

/** The weights that the adapters change, each applied to what the one before it made. */
function applied({ engine }: ReverseParts, base: ParameterSet, uses: readonly Use[], index: number): ParameterSet {
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

function isSame(a: Pick<Adapted, 'base' | 'uses'>, b: Pick<Adapted, 'base' | 'uses'>): boolean {
  const areSame = ({ adapter, own, scale }: Use, other: Use | undefined): boolean =>
    adapter === other?.adapter && own === other.own && scale === other.scale;
  return a.base === b.base && a.uses.length === b.uses.length && a.uses.every((use, i) => areSame(use, b.uses[i]));
}
