import { DiffusionError } from '../errors/diffusion-error.js';

/** Names of the plugins at work, by role, for error messages: `{ objective: 'denoising-score-matching' }`. */
export type PluginNames = Readonly<Partial<Record<string, string>>>;

/** What a plugin threw, on its way to where the step is known. */
class PluginFault extends Error {
  readonly role: string;

  constructor(role: string, cause: unknown) {
    super(`${role} threw`, { cause });
    this.role = role;
  }
}

/** Calls into a plugin; what it throws, unless it is a `DiffusionError`, keeps the role that threw it. */
export function callPlugin<T>(role: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    if (cause instanceof DiffusionError || cause instanceof PluginFault) throw cause;
    throw new PluginFault(role, cause);
  }
}

/** Runs work that calls plugins and turns what they threw into `RXD_PLUGIN_FAILED` with plugin and step. */
export function blamingPlugins<T>(names: PluginNames, step: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PluginFault)) throw error;
    const { role, cause } = error;
    throw new DiffusionError('RXD_PLUGIN_FAILED', {
      plugin: pluginName(names, role),
      step,
      problem: `the ${role} threw while training`,
      got: cause instanceof Error ? cause.message : String(cause),
      fix: 'see the cause; it comes from the plugin',
      cause,
    });
  }
}

/** `role/name`, or the role alone where the name is not known. */
export function pluginName(names: PluginNames, role: string): string {
  return names[role] === undefined ? role : `${role}/${names[role]}`;
}
