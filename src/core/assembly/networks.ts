import type { Adapter } from '../contracts/adapter.js';
import type { Denoiser, ParameterSet } from '../contracts/denoiser.js';
import { Roles } from './roles.js';
import { splitSlotKey } from './slot.js';
import type { Wiring } from './wiring.js';
import { DiffusionError } from '../errors/diffusion-error.js';

/** The networks of a pipeline beside its denoiser, by slot: `denoiser:weak`, … */
export function furtherNetworks(wiring: Wiring): Readonly<Record<string, Denoiser>> {
  return Object.fromEntries(wiring.bySlot(Roles.denoiser).filter(([slot]) => slot !== Roles.denoiser.name));
}

/** The adapters of a pipeline by slot, in the recipe's order. */
export function adaptersOf(wiring: Wiring): Readonly<Record<string, Adapter>> {
  return Object.fromEntries(wiring.bySlot(Roles.adapter));
}

/** The weights of the plugin in a slot. Throws `RXD_RECIPE_INVALID` where it has none, or nothing fills the slot. */
export function parametersInSlot(wiring: Wiring, slot: string): ParameterSet {
  const { role, label } = splitSlotKey(slot);
  const all = [Roles.denoiser, Roles.adapter, Roles.conditioner, Roles.codec, Roles.classifier];
  const known = all.find(({ name }) => name === role);
  const parameters = known && wiring.find<{ readonly parameters?: ParameterSet }>(known, label)?.parameters;
  if (parameters !== undefined) return parameters;
  throw new DiffusionError('RXD_RECIPE_INVALID', {
    problem: `there are weights for ${slot}, a slot that the recipe does not fill with a network`,
    got: slot,
    expected: `a recipe with a network in ${slot}`,
    fix: 'fill the slot, or leave its weights out',
  });
}
