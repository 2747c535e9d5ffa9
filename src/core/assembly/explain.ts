import type { Catalogue } from './catalogue.js';
import { planAssembly } from './plan-assembly.js';
import type { Plan, PlannedPlugin } from './plan.js';
import type { Recipe } from './recipe.js';
import type { SettingsSchemas } from './settings.js';

/**
 * Checks and wires a recipe and prints it, making nothing.
 *
 * @throws what `assemble` throws before it makes anything
 */
export function explain(catalogue: Catalogue, recipe: unknown, settings: SettingsSchemas = {}): string {
  return explainPlan(planAssembly(catalogue, recipe, settings));
}

/**
 * A recipe without preset and with every default: what `explain` shows, as data. Makes nothing.
 *
 * @throws what `assemble` throws before it makes anything
 */
export function normalRecipe(catalogue: Catalogue, recipe: unknown, settings: SettingsSchemas = {}): Recipe {
  return planAssembly(catalogue, recipe, settings).recipe;
}

/** A plan as text: a table of the slots, the settings, the order of creation. */
export function explainPlan({ plugins, order, recipe }: Plan): string {
  const rows = [['slot', 'plugin', 'from', 'needs', 'config'], ...plugins.map(rowOf)];
  const settings = (['train', 'sample'] as const).flatMap((part) =>
    recipe[part] === undefined ? [] : [`${part}: ${JSON.stringify(recipe[part])}`],
  );
  const made = `order: ${order.join(' -> ') || '(nothing)'} (disposed in reverse)`;
  return [...table(rows), '', ...settings, made].join('\n');
}

function rowOf({ id, name, config, from, needs, definition }: PlannedPlugin): readonly string[] {
  const version = definition.version === '0.0.0' ? '' : `@${definition.version}`;
  const needed = needs.map(({ as, slots }) => `${as}: ${slots.join(' + ') || '(nothing)'}`);
  return [id, name + version, from, needed.join(', ') || '-', JSON.stringify(config)];
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
