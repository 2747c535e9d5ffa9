import { catalogue, type PluginDefinition, type Role } from 'rxdiffusion';
import { philox } from 'rxdiffusion/plugin';
import { nodePlugins } from 'rxdiffusion/node';

const known = catalogue(nodePlugins);

/** A plugin by role and name, as a recipe would make it. */
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
