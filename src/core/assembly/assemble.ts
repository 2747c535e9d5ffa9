import { DiffusionError } from '../errors/diffusion-error.js';
import { assemblyOf, type Assembly } from './assembly.js';
import type { Catalogue } from './catalogue.js';
import { runChecks, type AssemblyCheck } from './assembly-check.js';
import { PluginContainer } from './container.js';
import { checkMemory } from './memory-limit.js';
import { memoryOf, planAssembly } from './plan-assembly.js';
import type { Plan } from './plan.js';
import type { SettingsSchemas } from './settings.js';
import { checkWeightSlots, defaultMemoryLimit, modelNeeds, type WeightsOfSlots } from './slot-weights.js';
import { wire, type FilledSlot } from './wiring.js';
import { messageOf } from '../errors/format-value.js';

/**
 * Makes the plugins that a recipe names and joins them: checks everything, then builds one flat container, then looks
 * at the combination. Where anything fails, all that was made is disposed before the promise rejects.
 *
 * @param recipe - a `Recipe`, or any parsed JSON: it goes through `parseRecipe`
 * @param checks - look at the finished pipeline and throw where its plugins cannot work together
 * @param settings - schemas by which the recipe's `train` and `sample` are checked and filled in
 * @param hookTimeout - milliseconds after which an asynchronous hook of a plugin that has not come back is an error
 *   (`RXD_PLUGIN_TIMEOUT`); it may take for ever where absent
 * @param memoryLimit - megabytes that its plugins may need together, by their own estimates
 * @param weights - what plugins with parameters begin with, by slot; initial weights where absent
 * @throws before anything is made: `RXD_RECIPE_INVALID`, `RXD_FORMAT_VERSION`, `RXD_PLUGIN_UNKNOWN`,
 * `RXD_PLUGIN_API_VERSION`, `RXD_PLUGIN_CONFIG`, `RXD_PLUGIN_MISSING`, `RXD_PLUGIN_CYCLE`, `RXD_MEMORY_LIMIT`; while it is made:
 * `RXD_PLUGIN_FAILED`, `RXD_PLUGIN_OUTPUT`, or what a plugin or check throws as a `DiffusionError`
 *
 * @example
 * await using pipeline = await assemble(catalogue(plugins), JSON.parse(text));
 * const sampler = pipeline.get(Roles.sampler);
 */
export async function assemble(
  catalogue: Catalogue,
  recipe: unknown,
  checks: readonly AssemblyCheck[] = [],
  settings: SettingsSchemas = {},
  hookTimeout?: number,
  memoryLimit?: number,
  weights: WeightsOfSlots = {},
): Promise<Assembly> {
  const limit = memoryLimit ?? defaultMemoryLimit(weights);
  const plan = planAssembly(catalogue, recipe, settings);
  checkMemory([...plan.plugins.map(memoryOf), ...modelNeeds(weights)], limit);
  checkWeightSlots(weights, plan.plugins);
  const container = new PluginContainer(hookTimeout, weights);
  try {
    const slots = await fill(plan, container);
    runChecks(checks, wire(catalogue, plan.recipe, slots));
    return assemblyOf({ catalogue, plan, container, checks, slots, memoryLimit: limit });
  } catch (error) {
    throw await afterCleaning(container, error);
  }
}

/** Makes the plugins in order; gives them in the recipe's order. */
async function fill({ plugins, order }: Plan, container: PluginContainer): Promise<readonly FilledSlot[]> {
  const made = new Map<string, unknown>();
  const byId = new Map(plugins.map((planned) => [planned.id, planned]));
  for (const id of order) {
    const planned = byId.get(id);
    if (planned) made.set(id, await container.make(planned));
  }
  return plugins.map(({ id, key, role, name }) => ({ key, role, name, plugin: made.get(id) }));
}

/** The error to throw once everything is disposed: the first one, which says so if disposing failed too. */
async function afterCleaning(container: PluginContainer, error: unknown): Promise<unknown> {
  try {
    await container.unmakeAll();
    return error;
  } catch (late) {
    if (!(error instanceof DiffusionError)) return error;
    const { code, problem, fix, plugin } = error;
    const and = messageOf(late);
    return new DiffusionError(code, {
      problem: `${problem}; then, while disposing: ${and}`,
      fix,
      ...(plugin === undefined ? {} : { plugin }),
      cause: new AggregateError([error, late]),
    });
  }
}
