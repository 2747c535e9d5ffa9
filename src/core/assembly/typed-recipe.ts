import type { CatalogueEntry } from './catalogue.js';
import type { PluginDefinition } from './define-plugin.js';
import type { Preset } from './preset.js';
import type { Slots } from './recipe.js';

/** JSON of a type, which may be frozen. */
type Frozen<T> = unknown extends T ? T : { readonly [K in keyof T]: Frozen<T[K]> };

/** How a recipe names a plugin: alone where no key of its config has to be given, or with its config. */
export type UseOf<D extends PluginDefinition> =
  D extends PluginDefinition<unknown, infer N, infer Config>
    ? Record<never, never> extends Config
      ? N | { readonly name: N; readonly config?: Frozen<Config> }
      : { readonly name: N; readonly config: Frozen<Config> }
    : never;

/** Keys of the slots that a plugin may fill: `sampler` and `sampler:label`, or `observer` alone where a role holds many. */
type KeyOf<D extends PluginDefinition> = D['role']['arity'] extends 'many'
  ? D['role']['name']
  : D['role']['name'] | `${D['role']['name']}:${string}`;

type FillOf<D extends PluginDefinition> = D['role']['arity'] extends 'many' ? readonly UseOf<D>[] : UseOf<D>;

/** Plugins of one role stand under one key: what it holds is any of them. */
type KnownSlots<D extends PluginDefinition> = { readonly [P in D as KeyOf<P>]?: FillOf<P> };

/** What the types of an entry leave open: the name of its role, or all of it, as of a class under `@Plugin`. */
type OpenIn<E extends CatalogueEntry> = E extends Preset
  ? never
  : E extends PluginDefinition
    ? string extends E['role']['name']
      ? 'role'
      : never
    : 'all';

type PluginsIn<E extends CatalogueEntry> = E extends PluginDefinition
  ? string extends E['role']['name']
    ? never
    : E
  : never;

/**
 * The slots of a recipe by the plugins of a list, each with the names and configs of its role. A role whose name the
 * types do not know lets any further slot in; a class under `@Plugin`, or a list of unknown entries, anything.
 */
export type SlotsOf<E extends CatalogueEntry> = SlotsBy<PluginsIn<E>, OpenIn<E>>;

type SlotsBy<D extends PluginDefinition, Open> = [Open] extends [never]
  ? KnownSlots<D>
  : 'all' extends Open
    ? Slots | ([D] extends [never] ? never : KnownSlots<D>)
    : Slots & KnownSlots<D>;

/** Names of the presets of a list. */
export type PresetOf<E extends CatalogueEntry> = Extract<E, Preset>['name'];
