import { catalogue, philox, standardPlugins, type Role } from 'rxdiffusion';

const known = catalogue(standardPlugins);

/** A plugin by role and name, as a recipe would make it. */
export async function made<T>(role: Role<T>, name: string, config: Readonly<Record<string, unknown>> = {}): Promise<T> {
  const definition = known.find(role, name);
  const noise = await philox.create({ config: {} });
  return definition.create({ config: definition.config.parse(config), noise });
}
