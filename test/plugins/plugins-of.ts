import { catalogue, philox, standardPlugins, type PluginDefinition, type Role } from 'rxdiffusion';

const known = catalogue(standardPlugins);

/** Names and definitions of every plugin of a role: laws run over all of them, also over those that come later. */
export function pluginsOf<T>(role: Role<T>): readonly (readonly [name: string, definition: PluginDefinition<T>])[] {
  return known.of(role).map((definition) => [definition.name, definition] as const);
}

/** A plugin by role and name, with some config. */
export async function made<T>(role: Role<T>, name: string, config: Readonly<Record<string, unknown>> = {}): Promise<T> {
  return create(known.find(role, name), config);
}

/** A plugin with some config, the Philox source injected where it asks for noise. */
export async function create<T>(
  definition: PluginDefinition<T>,
  config: Readonly<Record<string, unknown>> = {},
): Promise<T> {
  const noise = await philox.create({ config: {} });
  return definition.create({ config: definition.config.parse(config), noise });
}
