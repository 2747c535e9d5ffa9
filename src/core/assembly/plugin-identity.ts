const identities = new WeakMap<object, string>();

/** Remembers which plugin an object came from, so that errors can name it: `sampler/heun`. */
export function identify(plugin: unknown, id: string): void {
  if (typeof plugin === 'object' && plugin !== null) identities.set(plugin, id);
}

/** The id that `assemble` gave a plugin, or its role where it was made by hand. */
export function identityOf(plugin: object | undefined, role: string): string {
  return (plugin && identities.get(plugin)) ?? `${role}/(made by hand)`;
}
