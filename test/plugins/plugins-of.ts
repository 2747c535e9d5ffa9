import { catalogue, standardPlugins, type PluginDefinition, type Role } from 'rxdiffusion';
import { create as createWith, made } from '../../tools/golden/plugins.js';

export { made };

const known = catalogue(standardPlugins);

/** Settings of plugins that have no defaults for them. */
const NEEDED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'grid/custom': { lambdas: [-1, 0, 2] },
  'schedule/custom-betas': { betas: Array.from({ length: 60 }, (_, i) => 0.001 + 0.004 * i) },
  'schedule/custom-alphas-cumprod': { alphasCumprod: Array.from({ length: 60 }, (_, i) => 0.999 - i / 59 + i / 5900) },
  'schedule/custom-lambda': {
    points: [
      [0, 7],
      [0.3, 2.5],
      [1, -5],
    ],
  },
};

/** Names and definitions of every plugin of a role: laws run over all of them, also over those that come later. */
export function pluginsOf<T>(role: Role<T>): readonly (readonly [name: string, definition: PluginDefinition<T>])[] {
  return known.of(role).map((definition) => [definition.name, definition] as const);
}

/** A plugin with some config, and with the settings that it cannot do without. */
export async function create<T>(
  definition: PluginDefinition<T>,
  config: Readonly<Record<string, unknown>> = {},
): Promise<T> {
  return createWith(definition, { ...NEEDED[`${definition.role.name}/${definition.name}`], ...config });
}
