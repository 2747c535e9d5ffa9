import type { Catalogue } from './catalogue.js';
import { missing } from './missing-role.js';
import type { Recipe, Use } from './recipe.js';
import type { Role } from './role.js';
import { slotKey } from './slot.js';

/** The plugins of a pipeline, by role: what combination checks look at. */
export interface Wiring {
  /** Without preset and with every default: what a checkpoint keeps. */
  readonly recipe: Recipe;
  /** @throws `RXD_PLUGIN_MISSING` where nothing fills the slot */
  get<T>(role: Role<T, 'one'>, label?: string): T;
  /** The plugin of a slot, `undefined` where nothing fills it. */
  find<T>(role: Role<T, 'one'>, label?: string): T | undefined;
  /** Every plugin of a role in the recipe's order, labelled slots too. */
  all<T>(role: Role<T>): readonly T[];
  /** Every plugin of a role with its slot's key (`denoiser`, `denoiser:weak`), in the recipe's order. */
  bySlot<T>(role: Role<T>): readonly (readonly [slot: string, plugin: T])[];
  /** Name of the plugin in a slot. */
  nameOf(role: Role<unknown>, label?: string): string | undefined;
}

/** A slot and the plugin in it. */
export interface FilledSlot {
  readonly key: string;
  readonly role: Role<unknown>;
  readonly name: string;
  readonly plugin: unknown;
}

/** Looks plugins up among filled slots. */
export function wire(catalogue: Catalogue, recipe: Recipe, slots: readonly FilledSlot[]): Wiring {
  const at = (role: Role<unknown>, label?: string) => slots.find(({ key }) => key === slotKey(role.name, label));
  return Object.freeze({
    recipe,
    get<T>(role: Role<T, 'one'>, label?: string) {
      const slot = at(role, label);
      if (slot) return slot.plugin as T;
      throw missing(catalogue, role, 'the pipeline needs it', { label });
    },
    find: <T>(role: Role<T, 'one'>, label?: string) => at(role, label)?.plugin as T | undefined,
    all<T>(role: Role<T>) {
      const filled = slots.filter((slot) => slot.role.key === role.key);
      return Object.freeze(filled.map(({ plugin }) => plugin as T));
    },
    bySlot<T>(role: Role<T>) {
      const filled = slots.filter((slot) => slot.role.key === role.key);
      return filled.map(({ key, plugin }) => [key, plugin as T] as const);
    },
    nameOf: (role: Role<unknown>, label?: string) => at(role, label)?.name,
  });
}

/** The same pipeline with another plugin in a slot that holds one, or one more in a list. */
export function wireOther(
  catalogue: Catalogue,
  recipe: Recipe,
  slots: readonly FilledSlot[],
  other: FilledSlot,
  use: Use,
): Wiring {
  const { key, role } = other;
  const kept = role.arity === 'one' ? slots.filter((slot) => slot.key !== key) : slots;
  const uses = role.arity === 'one' ? use : [recipe.plugins[key] ?? [], use].flat();
  return wire(catalogue, { ...recipe, plugins: { ...recipe.plugins, [key]: uses } }, [...kept, other]);
}
