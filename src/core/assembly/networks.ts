import type { Adapter } from '../contracts/adapter.js';
import type { Denoiser, ParameterLayout, ParameterSet } from '../contracts/denoiser.js';
import { Roles } from './roles.js';
import { splitSlotKey } from './slot.js';
import type { Wiring } from './wiring.js';
import { DiffusionError } from '../errors/diffusion-error.js';

/** The networks of a pipeline beside its denoiser, by slot: `denoiser:weak`, … */
export function furtherNetworks(wiring: Wiring): Readonly<Record<string, Denoiser>> {
  return Object.fromEntries(wiring.bySlot(Roles.denoiser).filter(([slot]) => slot !== Roles.denoiser.name));
}

/** The adapters of a pipeline by slot, in the recipe's order. */
export function adaptersOf(wiring: Pick<Wiring, 'bySlot'>): Readonly<Record<string, Adapter>> {
  return Object.fromEntries(wiring.bySlot(Roles.adapter));
}

/** A plugin with weights. */
export interface Weighted {
  readonly parameters: ParameterSet;
  /** How they lie in a file; `same` where absent. */
  readonly layout?: (name: string) => ParameterLayout;
}

const WEIGHTED = [Roles.denoiser, Roles.control, Roles.adapter, Roles.conditioner, Roles.codec, Roles.classifier];

/** Whether plugins in a slot of this key may have weights. */
export function mayHaveWeights(slot: string): boolean {
  return WEIGHTED.some(({ name }) => name === splitSlotKey(slot).role);
}

/** The plugin in a slot, where there is one and it has weights. */
export function weightedIn(wiring: Pick<Wiring, 'find'>, slot: string): Weighted | undefined {
  const { role, label } = splitSlotKey(slot);
  const known = WEIGHTED.find(({ name }) => name === role);
  const plugin = known && wiring.find<Partial<Weighted>>(known, label);
  return plugin?.parameters === undefined ? undefined : (plugin as Weighted);
}

/** As `weightedIn`. Throws `RXD_RECIPE_INVALID` where it has none, or nothing fills the slot. */
export function weightedSlot(wiring: Pick<Wiring, 'find'>, slot: string): Weighted {
  const plugin = weightedIn(wiring, slot);
  if (plugin !== undefined) return plugin;
  throw new DiffusionError('RXD_RECIPE_INVALID', {
    problem: `there are weights for ${slot}, a slot that the recipe does not fill with a network`,
    got: slot,
    expected: `a recipe with a network in ${slot}`,
    fix: 'fill the slot, or leave its weights out',
  });
}
