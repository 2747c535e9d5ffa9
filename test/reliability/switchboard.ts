import type { CatalogueEntry } from '../../src/core/assembly/catalogue.js';
import { pluginOf } from '../../src/core/assembly/plugin-decorator.js';
import type { PluginDefinition } from '../../src/core/assembly/define-plugin.js';
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
  #heard: Map<string, number> | undefined;

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

  /** From now on, calls of each hook are counted in what it gives, until the next `listen`. */
  listen(): ReadonlyMap<string, number> {
    return (this.#heard = new Map());
  }

  /** The same plugins, each method of what they make connected to this switchboard. */
  connect(plugins: readonly CatalogueEntry[]): CatalogueEntry[] {
    return plugins.map((entry) => ('plugins' in entry ? entry : this.#connected(entry)));
  }

  #connected(entry: Exclude<CatalogueEntry, { plugins: unknown }>): PluginDefinition {
    const definition = typeof entry === 'function' ? pluginOf(entry) : entry;
    const { role } = definition;
    const create: PluginDefinition['create'] = async (deps) =>
      this.#hooked((await definition.create(deps)) as object, role.name);
    return { ...definition, create };
  }

  #hooked(plugin: object, path: string): object {
    const hooked = Object.entries(plugin).map(([name, value]: [string, unknown]) => [
      name,
      this.#connectedValue(plugin, `${path}.${name}`, value),
    ]);
    return { ...plugin, ...Object.fromEntries(hooked) };
  }

  #connectedValue(owner: object, hook: string, value: unknown): unknown {
    if (/^(sampler\.stepSize|guidance\.live)$/.test(hook) && value !== undefined)
      return this.#hooked(value as object, hook);
    if (typeof value !== 'function') return value;
    return (...args: unknown[]): unknown => {
      const honest = (): unknown => (value as (...args: unknown[]) => unknown).apply(owner, args);
      this.#heard?.set(hook, (this.#heard.get(hook) ?? 0) + 1);
      const broken = this.#broken;
      if (broken?.hook !== hook) return honest();
      return this.#calls++ === broken.at ? broken.act({ args, honest }) : honest();
    };
  }
}
