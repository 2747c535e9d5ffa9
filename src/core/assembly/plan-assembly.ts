import type { Catalogue } from './catalogue.js';
import { flattenRecipe, type Slot } from './flatten-recipe.js';
import type { Asked } from './injection.js';
import type { MemoryNeed } from './memory-limit.js';
import { missing } from './missing-role.js';
import type { Need, Plan, PlannedPlugin } from './plan.js';
import { normalSettings, type SettingsSchemas } from './settings.js';
import { parseRecipe, RECIPE_FORMAT, type Recipe, type Use } from './recipe.js';
import type { Role } from './role.js';
import { slotKey } from './slot.js';
import { DiffusionError, type DiffusionErrorDetails } from '../errors/diffusion-error.js';
import type { z } from 'zod';
import { blame } from '../errors/blame.js';
import type { PluginDefinition } from './define-plugin.js';
import { plainJson, type Settings } from './plain-json.js';
import { schemaMismatch } from './schema-mismatch.js';

/**
 * Checks and wires a recipe: pure, nothing is made.
 *
 * @throws what `assemble` throws, but for failures of plugins and combinations
 */
export function planAssembly(catalogue: Catalogue, json: unknown, schemas: SettingsSchemas = {}): Plan {
  const flat = flattenRecipe(catalogue, parseRecipe(json));
  const checked = flat.slots.map((slot) => checkSlot(catalogue, slot));
  const plugins = checked.map((plugin) => ({ ...plugin, needs: needsOf(catalogue, plugin, checked) }));
  const recipe: Recipe = Object.freeze({
    format: RECIPE_FORMAT,
    plugins: Object.freeze(Object.fromEntries(flat.keys.map((key) => [key, usesOf(key, plugins)]))),
    ...normalSettings(flat, schemas),
  });
  return { recipe, plugins, order: inCreationOrder(plugins) };
}

/** One plugin more, wired to those of a plan; checked the same way. */
export function planPlugin(catalogue: Catalogue, plan: Plan, slot: Slot): PlannedPlugin {
  const checked = checkSlot(catalogue, slot);
  return { ...checked, needs: needsOf(catalogue, checked, plan.plugins) };
}

type CheckedSlot = Omit<PlannedPlugin, 'needs'>;

function checkSlot(catalogue: Catalogue, slot: Slot): CheckedSlot {
  const definition = catalogue.find(slot.role, slot.name);
  return { ...slot, config: checkConfig(slot, definition), definition };
}

function needsOf(catalogue: Catalogue, plugin: CheckedSlot, all: readonly CheckedSlot[]): Need[] {
  return Object.entries(plugin.definition.inject).map(([as, asked]) => {
    const { role, label, isOptional, isEvery } = readAsked(asked);
    const slots = all.filter((other) => other.role.key === role.key).map(({ id }) => id);
    if (isEvery) return { as, role, gives: 'record', slots: slots.filter((id) => id !== plugin.id) };
    if (role.arity === 'many') return { as, role, gives: 'list', slots };
    const key = slotKey(role.name, label);
    if (slots.includes(key)) return { as, role, gives: 'one', slots: [key] };
    if (isOptional) return { as, role, gives: 'nothing', slots: [] };
    throw missing(catalogue, role, `${idOf(plugin)} needs it as '${as}'`, { label, plugin: idOf(plugin) });
  });
}

/** What is asked for, taken apart. */
interface ReadAsked {
  readonly role: Role<unknown>;
  readonly label?: string | undefined;
  readonly isOptional: boolean;
  readonly isEvery: boolean;
}

function readAsked(asked: Asked): ReadAsked {
  if ('every' in asked) return { role: asked.every, isOptional: false, isEvery: true };
  if ('optional' in asked) return { ...readAsked(asked.optional), isOptional: true };
  if ('slot' in asked) return { role: asked.slot, label: asked.label, isOptional: false, isEvery: false };
  return { role: asked, isOptional: false, isEvery: false };
}

function usesOf(key: string, plugins: readonly PlannedPlugin[]): Use | readonly Use[] {
  const uses = plugins
    .filter((plugin) => plugin.key === key)
    .map(({ id, name, config }) => ({ id, use: Object.freeze({ name, config }) }));
  const one = uses.find(({ id }) => id === key);
  return one ? one.use : Object.freeze(uses.map(({ use }) => use));
}

/** The memory that a planned plugin says it will hold. */
export function memoryOf({ definition, ...slot }: PlannedPlugin): MemoryNeed {
  return { what: idOf(slot), bytes: definition.memory?.(slot.config) ?? 0 };
}

function idOf({ role, name }: Pick<Slot, 'role' | 'name'>): string {
  return `${role.name}/${name}`;
}

/**
 * Slot ids, each after all that it needs, else in the recipe's order (depth first).
 *
 * @throws `RXD_PLUGIN_CYCLE` printing the circle
 */
function inCreationOrder(plugins: readonly PlannedPlugin[]): readonly string[] {
  const byId = new Map(plugins.map((plugin) => [plugin.id, plugin]));
  const order = new Set<string>();
  const visit = (id: string, path: readonly string[]): void => {
    if (order.has(id)) return;
    if (path.includes(id)) throw cycle([...path.slice(path.indexOf(id)), id].map((at) => nameOf(byId.get(at), at)));
    const needed = byId.get(id)?.needs.flatMap((need) => need.slots) ?? [];
    for (const other of needed) visit(other, [...path, id]);
    order.add(id);
  };
  for (const { id } of plugins) visit(id, []);
  return Object.freeze([...order]);
}

function nameOf(plugin: PlannedPlugin | undefined, id: string): string {
  return plugin ? `${plugin.role.name}/${plugin.name}` : id;
}

function cycle(circle: readonly string[]): DiffusionError {
  return new DiffusionError('RXD_PLUGIN_CYCLE', {
    problem: `plugins depend on each other in a cycle: ${circle.join(' -> ')}`,
    got: circle.join(' -> '),
    expected: 'needs that end',
    fix: 'let one of them take what it needs as config or as an argument instead of injecting it',
    ...(circle[0] === undefined ? {} : { plugin: circle[0] }),
  });
}

/**
 * A slot's config with all defaults, frozen, as JSON that reads back as itself.
 *
 * @throws `RXD_PLUGIN_CONFIG` with the plugin's id and the keys that it knows
 */
function checkConfig(slot: Slot, { config: schema }: PluginDefinition): Settings {
  const plugin = `${slot.role.name}/${slot.name}`;
  const fail = (details: Omit<DiffusionErrorDetails, 'plugin'>): never => {
    throw new DiffusionError('RXD_PLUGIN_CONFIG', { ...details, plugin });
  };
  const refuse = (path: string, problem: string) =>
    fail({ problem: `${path} ${problem}`, fix: 'the config schema of a plugin must give JSON; tell its author' });
  const parse = (config: unknown): unknown => {
    const parsed = safely(schema, config, plugin);
    return parsed.success
      ? plainJson(parsed.data, 'config', refuse)
      : fail(schemaMismatch(`slot '${slot.key}'`, config, schema, parsed.error));
  };
  const config = parse(slot.config);
  if (JSON.stringify(parse(config)) !== JSON.stringify(config)) {
    refuse('config', 'reads back as another one: its schema is a transformation, and recipes would not round-trip');
  }
  return config as Settings;
}

/** A schema is the plugin's code: what it throws is the plugin's fault. */
function safely(schema: z.ZodType, config: unknown, plugin: string): ReturnType<z.ZodType['safeParse']> {
  try {
    return schema.safeParse(config);
  } catch (error) {
    throw blame(error, plugin);
  }
}
