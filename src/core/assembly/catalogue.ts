import { DiffusionError } from '../errors/diffusion-error.js';
import { checkApiVersion, checkDefinition } from './check-definition.js';
import type { PluginDefinition } from './define-plugin.js';
import { didYouMean, listed } from './nearest-name.js';
import { pluginOf, type PluginClass } from './plugin-decorator.js';
import { definePreset, type Preset } from './preset.js';
import type { Role } from './role.js';
import { Roles } from './roles.js';

/** What a list for a catalogue may hold: plugins in either spelling, and presets. */
export type CatalogueEntry = PluginEntry | Preset;

/** A plugin as a list of a catalogue holds it: a definition, or a class under `@Plugin`. */
export type PluginEntry = PluginDefinition | PluginClass;

/** The plugins and presets that a program knows. Immutable; there is no global one, and nothing registers itself. */
export interface Catalogue {
  readonly plugins: readonly PluginDefinition[];
  readonly presets: readonly Preset[];
  /** The framework's roles and those of the plugins. */
  readonly roles: readonly Role<unknown>[];
  /** All plugins of a role. */
  of<T>(role: Role<T>): readonly PluginDefinition<T>[];
  /**
   * A plugin that can be used here.
   *
   * @throws `RXD_PLUGIN_UNKNOWN` listing the known names; `RXD_PLUGIN_API_VERSION`
   */
  find<T>(role: Role<T>, name: string): PluginDefinition<T>;
  /** @throws `RXD_PLUGIN_UNKNOWN` listing the known presets */
  preset(name: string): Preset;
}

/**
 * Makes a catalogue of explicit lists: ours, third parties', your own.
 *
 * @throws `RXD_PLUGIN_DUPLICATE` for two plugins of one role and name, or two presets of one name; `RXD_PLUGIN_UNKNOWN` for
 * what is neither plugin nor preset; `RXD_PLUGIN_INVALID` for a plugin with a field that is none
 *
 * @example
 * const known = catalogue(plugins, [mySampler, MySchedule, myPreset]);
 */
export function catalogue(...lists: readonly (readonly CatalogueEntry[])[]): Catalogue {
  const entries: readonly unknown[] = lists.flat();
  const presets = entries.filter(isPreset).map(definePreset);
  const plugins = entries.filter((entry) => !isPreset(entry)).map(definitionOf);
  const byName = unique(plugins, (plugin) => `${plugin.role.name}/${plugin.name}`);
  const presetsByName = unique(presets, (preset) => `preset/${preset.name}`);
  const of = <T>(role: Role<T>) => plugins.filter((plugin) => plugin.role.key === role.key) as PluginDefinition<T>[];
  return Object.freeze({
    plugins: Object.freeze(plugins),
    presets: Object.freeze(presets),
    roles: Object.freeze(rolesOf(plugins)),
    of,
    find<T>(role: Role<T>, name: string) {
      const found = byName.get(`${role.name}/${name}`);
      return checkApiVersion(found ?? unknown(`${role.name} plugin`, name, namesOf(of(role)))) as PluginDefinition<T>;
    },
    preset: (name: string) => presetsByName.get(`preset/${name}`) ?? unknown('preset', name, namesOf(presets)),
  });
}

function isPreset(entry: unknown): entry is Preset {
  return typeof entry === 'object' && entry !== null && 'plugins' in entry;
}

function definitionOf(entry: unknown): PluginDefinition {
  return checkDefinition(isClass(entry) ? pluginOf(entry) : entry);
}

const isClass = (entry: unknown): entry is PluginClass => typeof entry === 'function';

function rolesOf(plugins: readonly PluginDefinition[]): Role<unknown>[] {
  const roles = new Map<symbol, Role<unknown>>(Object.values(Roles).map((role) => [role.key, role]));
  for (const { role, name } of plugins) {
    const known = roles.get(role.key) ?? role;
    if (known.arity !== role.arity) throw twoArities(role, name, known);
    roles.set(role.key, known);
  }
  return [...roles.values()];
}

function unique<T>(items: readonly T[], idOf: (item: T) => string): ReadonlyMap<string, T> {
  const byId = new Map<string, T>();
  for (const item of items) {
    const id = idOf(item);
    if (byId.has(id)) throw duplicate(id);
    byId.set(id, item);
  }
  return byId;
}

function namesOf(named: readonly { readonly name: string }[]): readonly string[] {
  return named.map(({ name }) => name);
}

function unknown(kind: string, name: string, known: readonly string[]): never {
  throw new DiffusionError('RXD_PLUGIN_UNKNOWN', {
    problem: `the catalogue has no ${kind} '${name}'`,
    got: name,
    expected: `known: ${listed(known)}`,
    fix: `${didYouMean(name, known)}choose a known name, or add yours to the lists of the catalogue`,
  });
}

function duplicate(id: string): DiffusionError {
  return new DiffusionError('RXD_PLUGIN_DUPLICATE', {
    problem: `the catalogue's lists hold two of ${id}`,
    got: `${id} twice`,
    expected: 'one of each role and name',
    fix: 'leave one of them out, or rename yours',
    plugin: id,
  });
}

function twoArities(role: Role<unknown>, name: string, known: Role<unknown>): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: `the role '${role.name}' holds '${role.arity}' for this plugin and '${known.arity}' for others`,
    got: role.arity,
    expected: known.arity,
    fix: 'import the role from one place instead of making it twice',
    plugin: `${role.name}/${name}`,
  });
}
