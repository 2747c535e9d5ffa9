import type { z } from 'zod';
import type { Injected, Injection } from './injection.js';
import type { ModelFiles } from '../model-files/slot-models.js';
import type { ReadableTensors } from '../tensors/plain-tensor.js';
import type { Arity, Role } from './role.js';

/** Version of the plugin contract in this package. A plugin built for another one is refused at assembly. */
export const API_VERSION = 1;

/** What a person is told of a plugin: in `rxdiffusion list` and on the pages of `docs/reference`. */
export interface PluginNotes {
  /** What it is, on one line. */
  readonly summary?: string;
  /** Where it comes from: authors, year, title and equation, or the program that has it. */
  readonly reference?: string;
  /** What tells it from others of its role, and `when` to choose it: `{ order: 2, when: '10 to 30 steps' }`. */
  readonly tags?: Readonly<Record<string, string | number | boolean>>;
}

/** What is said of a plugin beside how it is made: all that `@Plugin` needs. `T` is read from the role alone. */
export interface PluginDescription<
  T,
  C extends z.ZodType,
  I extends Injection,
  N extends string = string,
  R extends string = string,
  A extends Arity = Arity,
> extends PluginNotes {
  readonly role: Role<T, A, R>;
  /** The method's name in the literature, kebab-case: what a recipe says. */
  readonly name: N;
  /** Version of the plugin itself (semver). Those of this package may leave it out. */
  readonly version?: string;
  /** The `API_VERSION` that it was written for; this package's own where absent. */
  readonly apiVersion?: number;
  /** A zod object. Give defaults and a description to every key; name + config must be JSON. */
  readonly config: C;
  readonly inject?: I;
  /**
   * Bytes that the plugin will hold, estimated from its config alone. Checked against the pipeline's limit before
   * anything is made; 0 where absent.
   */
  memory?(config: z.output<C>): number;
  /** Frees what it holds. Where absent, a `dispose` method of the plugin is called. */
  dispose?(plugin: NoInfer<T>): void | Promise<void>;
}

/**
 * What `create`, or the constructor of a `@Plugin` class, gets: the checked config and what was injected; and the weights
 * that the pipeline was given for the slot, as they lie in a file, or the model files. A plugin with parameters begins with those where they are
 * there; one that does not read them is refused with `RXD_PARAMETERS_MISMATCH`.
 */
export type PluginDeps<C extends z.ZodType, I extends Injection> = {
  readonly config: z.output<C>;
  readonly weights?: ReadableTensors;
  readonly models?: ModelFiles;
} & Injected<I>;

/** How a plugin is described and made. */
export interface PluginSpec<
  T,
  C extends z.ZodType,
  I extends Injection,
  N extends string = string,
  R extends string = string,
  A extends Arity = Arity,
> extends PluginDescription<T, C, I, N, R, A> {
  /** Makes the plugin; runs once a pipeline. */
  create(deps: PluginDeps<C, I>): NoInfer<T> | Promise<NoInfer<T>>;
}

/**
 * A plugin as catalogues hold it. Its types keep what a recipe may say of it: the name, the config before defaults are
 * filled in, and the role.
 */
export interface PluginDefinition<
  T = unknown,
  N extends string = string,
  Config = unknown,
  R extends string = string,
  A extends Arity = Arity,
> extends PluginNotes {
  readonly role: Role<T, A, R>;
  readonly name: N;
  readonly version: string;
  readonly apiVersion: number;
  readonly config: z.ZodType<unknown, Config>;
  readonly inject: Injection;
  /** Bytes that the plugin will hold, by its parsed config. */
  memory?(config: unknown): number;
  /** Makes the plugin from its parsed `config` and from what it injects. */
  create(deps: Readonly<Record<string, unknown>>): T | Promise<T>;
  /** Frees what the plugin holds. */
  dispose?(plugin: T): void | Promise<void>;
}

/**
 * Describes a plugin. Nothing is registered: hand the result to a catalogue.
 *
 * @example
 * export const euler = definePlugin({
 *   role: Roles.sampler, name: 'euler', config: z.strictObject({}),
 *   create: () => defineSampler({ order: 1, stochastic: false, init: (x) => ({ x }), step: ... }),
 * });
 */
export function definePlugin<
  T,
  C extends z.ZodType,
  I extends Injection = Readonly<Record<never, never>>,
  N extends string = string,
  R extends string = string,
  A extends Arity = Arity,
>(spec: PluginSpec<T, C, I, N, R, A>): PluginDefinition<T, N, z.input<C>, R, A> {
  return Object.freeze({
    version: '0.0.0',
    apiVersion: API_VERSION,
    inject: {},
    ...spec,
    config: spec.config as z.ZodType<unknown, z.input<C>>,
    create: (deps: Readonly<Record<string, unknown>>) => spec.create(deps as PluginDeps<C, I>),
  });
}
