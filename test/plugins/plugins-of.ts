import { catalogue, standardPlugins, type PluginDefinition, type Role } from 'rxdiffusion';

export { create, made } from '../../tools/golden/plugins.js';

const known = catalogue(standardPlugins);

/** Names and definitions of every plugin of a role: laws run over all of them, also over those that come later. */
export function pluginsOf<T>(role: Role<T>): readonly (readonly [name: string, definition: PluginDefinition<T>])[] {
  return known.of(role).map((definition) => [definition.name, definition] as const);
}
