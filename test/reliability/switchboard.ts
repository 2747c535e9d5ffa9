import type { CatalogueEntry } from '../../src/core/plugins/catalogue.js';
import { pluginOf } from '../../src/core/plugins/plugin-decorator.js';
import type { PluginDefinition } from '../../src/core/plugins/define-plugin.js';
import type { Act } from './sabotage.js';

interface Broken {
  /** `role.method`, as in `sampler.step`. */
  readonly hook: string;
  readonly at: number;
  readonly act: Act;
}

/** Breaks one hook of one pipeline for a while. All plugins of the pipeline go through it. */
export class Switchboard {
  #broken: Broken | undefined;
  #calls = 0;

  /** From now on, call number `at` of a hook (0 for the next one) does `act`. */
  break(hook: string, at: number, act: Act): void {
    this.#broken = { hook, at, act };
    this.#calls = 0;
  }

  /** From now on, all is honest again. Tells whether the broken call came. */
  mend(): boolean {
    const fired = this.#broken !== undefined && this.#calls > this.#broken.at;
    this.#broken = undefined;
    return fired;
  }

  /** The same plugins, each method of what they make connected to this switchboard. */
  connect(plugins: readonly CatalogueEntry[]): CatalogueEntry[] {
    return plugins.map((entry) => ('plugins' in entry ? entry : this.#connected(entry)));
  }

  #connected(entry: Exclude<CatalogueEntry, { plugins: unknown }>): PluginDefinition {
    const definition = typeof entry === 'function' ? pluginOf(entry) : entry;
    const { role } = definition;
    if (role.name === 'engine') return definition;
    const create: PluginDefinition['create'] = async (deps) =>
      this.#hooked((await definition.create(deps)) as object, role.name);
    return { ...definition, create };
  }

  #hooked(plugin: object, role: string): object {
    const methods = Object.entries(plugin).filter(([, value]) => typeof value === 'function');
    const hooked = methods.map(([name, method]) => {
      const call = (...args: unknown[]): unknown => {
        const honest = (): unknown => (method as (...args: unknown[]) => unknown).apply(plugin, args);
        const broken = this.#broken;
        if (broken?.hook !== `${role}.${name}`) return honest();
        return this.#calls++ === broken.at ? broken.act({ args, honest }) : honest();
      };
      return [name, call];
    });
    return { ...plugin, ...Object.fromEntries(hooked) };
  }
}
