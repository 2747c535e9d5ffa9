import { DiffusionError } from '../errors/diffusion-error.js';
import type { Catalogue } from './catalogue.js';
import { didYouMean, listed } from './nearest-name.js';
import type { Settings } from './plain-json.js';
import type { Recipe, Slots, Use } from './recipe.js';
import type { Role } from './role.js';
import { splitSlotKey } from './slot.js';

/** One plugin of a pipeline, as asked for: before its config is checked. */
export interface Slot {
  /** Unique in the pipeline: `sampler`, `denoiser:weak`, `postProcessor[0]`. */
  readonly id: string;
  /** The recipe's key. */
  readonly key: string;
  readonly role: Role<unknown>;
  readonly name: string;
  readonly config: Settings;
  /** Who chose it: `preset ddpm`, `recipe`, or both where the recipe changes the preset's config. */
  readonly from: string;
}

/** A recipe with its preset laid under it. */
export interface FlatRecipe {
  /** Keys in order, those with empty lists too. */
  readonly keys: readonly string[];
  readonly slots: readonly Slot[];
  readonly train?: Settings;
  readonly sample?: Settings;
}

type Chosen = readonly [uses: Use | readonly Use[], from: string];

/**
 * Lays a recipe over its preset. In a slot that holds one, the same plugin gets the preset's config with the recipe's
 * keys over it, another plugin replaces it; a list replaces the preset's list. Settings merge key by key.
 */
export function flattenRecipe(catalogue: Catalogue, recipe: Recipe): FlatRecipe {
  const preset = recipe.preset === undefined ? undefined : catalogue.preset(recipe.preset);
  const chosen = overlay(preset?.plugins ?? {}, recipe.plugins, `preset ${preset?.name}`);
  const train = merged(preset?.train, recipe.train);
  const sample = merged(preset?.sample, recipe.sample);
  return {
    keys: [...chosen.keys()],
    slots: [...chosen].flatMap(([key, [uses, from]]) => slotsOf(catalogue, key, uses, from)),
    ...(train ? { train } : {}),
    ...(sample ? { sample } : {}),
  };
}

function overlay(below: Slots, above: Slots, preset: string): Map<string, Chosen> {
  const chosen = new Map<string, Chosen>(Object.entries(below).map(([key, uses]) => [key, [uses, preset]]));
  for (const [key, uses] of Object.entries(above)) {
    const old = below[key];
    const same = isOne(uses) && old !== undefined && isOne(old) && nameOf(uses) === nameOf(old);
    const mixed = same && configOf(uses) !== undefined;
    const config = same ? merged(configOf(old), configOf(uses)) : undefined;
    if (same)
      chosen.set(key, [{ name: nameOf(uses), ...(config ? { config } : {}) }, mixed ? `${preset} + recipe` : preset]);
    else chosen.set(key, [uses, 'recipe']);
  }
  return chosen;
}

function slotsOf(catalogue: Catalogue, key: string, uses: Use | readonly Use[], from: string): Slot[] {
  const { role: name, label } = splitSlotKey(key);
  const role = catalogue.roles.find((role) => role.name === name) ?? unknownRole(catalogue, key, name);
  if (role.arity === 'one' && !isOne(uses))
    throw wrongArity(
      key,
      'a list',
      'one plugin',
      `write one plugin; a second ${name} takes a slot of its own, '${name}:label'`,
    );
  if (role.arity === 'many' && isOne(uses))
    throw wrongArity(key, 'one plugin', 'a list of plugins', 'put it in a list: [...]');
  if (role.arity === 'many' && label !== undefined)
    throw wrongArity(key, 'a label', `'${name}' without a label`, `add it to the list of '${name}'`);
  const slot = (use: Use, id: string): Slot => ({
    id,
    key,
    role,
    name: nameOf(use),
    config: configOf(use) ?? {},
    from,
  });
  return isOne(uses) ? [slot(uses, key)] : uses.map((use, i) => slot(use, `${key}[${i}]`));
}

function merged(below: Settings | undefined, above: Settings | undefined): Settings | undefined {
  return below && above ? { ...below, ...above } : (above ?? below);
}

function isOne(uses: Use | readonly Use[]): uses is Use {
  return !Array.isArray(uses);
}

function nameOf(use: Use): string {
  return typeof use === 'string' ? use : use.name;
}

function configOf(use: Use): Settings | undefined {
  return typeof use === 'string' ? undefined : use.config;
}

function unknownRole(catalogue: Catalogue, key: string, name: string): never {
  const known = catalogue.roles.map((role) => role.name);
  throw new DiffusionError('RXD_RECIPE_INVALID', {
    problem: `the slot '${key}' is of no role`,
    got: name,
    expected: `known roles: ${listed(known)}`,
    fix: `${didYouMean(name, known)}correct or remove the slot, or add a plugin of that role to the catalogue`,
  });
}

function wrongArity(key: string, got: string, expected: string, fix: string): DiffusionError {
  return new DiffusionError('RXD_RECIPE_INVALID', {
    problem: `the slot '${key}' holds ${got} where ${expected} belongs`,
    got,
    expected,
    fix,
  });
}
