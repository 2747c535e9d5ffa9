import type { Sampler } from '../core/contracts/sampler.js';
import { finiteLaws } from './finite-laws.js';
import type { Law } from './law.js';
import { pluginLaws } from './plugin-laws.js';
import { samplerLaws } from './sampler-laws.js';
import type { CatalogueEntry } from '../core/assembly/catalogue.js';
import type { PluginDefinition } from '../core/assembly/define-plugin.js';
import type { Recipe } from '../core/assembly/recipe.js';
import { Roles } from '../core/assembly/roles.js';
import { diffusion, type Diffusion } from '../pipelines/diffusion.js';
import { runLaws, type RunCase } from './run-laws.js';

/** Where a sampler is tried. */
export interface ConformanceCase extends RunCase {
  /** Plugins that the recipe names: `standardPlugins`. The sampler itself need not be among them. */
  readonly plugins: readonly CatalogueEntry[];
  /** A small pipeline that the sampler joins, without one in the slot `sampler`. */
  readonly recipe: Recipe;
  /** Configs to try, best from `configGrid`; the one of defaults alone where absent. */
  readonly configs?: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Everything that a sampler plugin must keep, as a list for any test runner: the laws of plugins and of samplers and
 * finite ends for each config, and the laws of runs for the first one.
 *
 * @example
 * for (const { law, check } of samplerConformance(mine, { plugins: standardPlugins, recipe })) test(law, check);
 */
export function samplerConformance(
  definition: PluginDefinition<Sampler>,
  { plugins, recipe, configs = [{}], ...runCase }: ConformanceCase,
): readonly Law[] {
  const known = plugins.includes(definition) ? plugins : [...plugins, definition];
  const open = (config: Readonly<Record<string, unknown>>): Promise<Diffusion> => {
    const sampler = JSON.parse(JSON.stringify({ name: definition.name, config })) as Recipe['plugins'][string];
    return diffusion({ ...recipe, plugins: { ...recipe.plugins, sampler } }, { plugins: known });
  };
  const ofEach = configs.flatMap((config): readonly Law[] => {
    const withSampler = (laws: (sampler: Sampler) => void): Law['check'] => {
      return async () => {
        await using pipeline = await open(config);
        laws(pipeline.assembly.get(Roles.sampler));
      };
    };
    const said = JSON.stringify(config);
    return [
      { law: `keeps the laws of samplers: ${said}`, check: withSampler(samplerLaws) },
      { law: `ends finite on every path: ${said}`, check: withSampler(finiteLaws) },
    ];
  });
  const plugin: Law = {
    law: 'keeps the laws of plugins',
    check: async () => pluginLaws(definition, configs),
  };
  return [plugin, ...ofEach, ...runLaws(() => open(configs[0] ?? {}), runCase)];
}
