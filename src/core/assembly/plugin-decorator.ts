import type { z } from 'zod';
import { DiffusionError } from '../errors/diffusion-error.js';
import { definePlugin, type PluginDefinition, type PluginDeps, type PluginDescription } from './define-plugin.js';
import type { Injection } from './injection.js';

/** A class that `@Plugin` may stand over. */
export type PluginClass<T = unknown> = new (deps: never) => T;

/** By name, so that it is found even if two copies of the package are loaded. */
const DEFINITION = Symbol.for('rxdiffusion/plugin');

/**
 * The class spelling of `definePlugin`: the constructor is `create`. A constructor or class that does not fit the
 * role, the config or the injection is a compile error. Nothing is registered: hand the class to a catalogue.
 *
 * @example
 * @Plugin({ role: Roles.sampler, name: 'euler', config: z.strictObject({}), inject: { noise: Roles.noise } })
 * class Euler implements Sampler {
 *   constructor(deps: { noise: NoiseSource }) { ... }
 * }
 */
export function Plugin<T, C extends z.ZodType, I extends Injection = Readonly<Record<never, never>>>(
  description: PluginDescription<T, C, I>,
): (cls: new (deps: PluginDeps<C, I>) => T) => void {
  return (cls) => {
    const value = definePlugin<T, C, I>({
      ...description,
      create: (deps) => new cls(deps),
    });
    Object.defineProperty(cls, DEFINITION, { value });
  };
}

/**
 * The definition that `@Plugin` gave a class. A subclass has its own or none.
 *
 * @throws `RXD_PLUGIN_UNKNOWN` where the class was not decorated
 */
export function pluginOf<T>(cls: PluginClass<T>): PluginDefinition<T> {
  const found = Object.getOwnPropertyDescriptor(cls, DEFINITION)?.value as PluginDefinition<T> | undefined;
  if (found) return found;
  throw new DiffusionError('RXD_PLUGIN_UNKNOWN', {
    problem: `class ${cls.name || '(without a name)'} is not a plugin`,
    got: 'a class without @Plugin of its own',
    expected: 'a class under @Plugin({ role, name, config })',
    fix: 'put @Plugin over the class, or describe it with definePlugin',
  });
}
