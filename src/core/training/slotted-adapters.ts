import * as tf from '@tensorflow/tfjs';
import type { Adapter } from '../contracts/adapter.js';
import type { ParametersBySlot, ParameterSet } from '../contracts/denoiser.js';
import { checkedChanges } from '../sampling/network/adapter-uses.js';

/** An adapter with the slot that it fills. */
export interface SlottedAdapter {
  readonly slot: string;
  readonly adapter: Adapter;
}

const known = new WeakMap<Adapter, Map<string, SlottedAdapter>>();

/** Adapters as a list: the same object again for the same adapter in the same slot, by which what was compiled is found. */
export function slottedAdapters(adapters: Readonly<Record<string, Adapter>> = {}): readonly SlottedAdapter[] {
  return Object.entries(adapters).map(([slot, adapter]) => {
    const slots = known.get(adapter) ?? new Map<string, SlottedAdapter>();
    const slotted = slots.get(slot) ?? { slot, adapter };
    known.set(adapter, slots.set(slot, slotted));
    return slotted;
  });
}

/**
 * Weights by slot, changed by adapters in order, each at its own scale. Runs inside compiled work: gradients go through it.
 *
 * @param weights - those of the networks, and of the adapters by the slots that they fill
 */
export function adaptedWithin(adapters: readonly SlottedAdapter[], weights: ParametersBySlot): ParametersBySlot {
  const adapted: Record<string, ParameterSet> = { ...weights };
  for (const { slot, adapter } of adapters) {
    const base = adapted[adapter.slot] ?? {};
    const changed = checkedChanges(adapter, adapter.apply(base, weights[slot] ?? {}, tf.scalar(adapter.scale)));
    adapted[adapter.slot] = { ...base, ...changed };
  }
  return adapted;
}
