import { Container, ContainerModule, type ServiceIdentifier } from 'inversify';
import { blame } from '../errors/blame.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { checkMade } from './check-made.js';
import { guarded } from './guarded.js';
import type { PlannedPlugin } from './plan.js';
import { takingWeights, type WeightsOfSlots } from './slot-weights.js';
import { identify } from './plugin-identity.js';
import { isPromise, quietly, within, type HookLimit } from './promises.js';

/** What a slot's binding gives. It never rejects: inversify keeps a rejected singleton for ever and cannot unload it. */
type Outcome =
  | {
      /** What `create` made: what is disposed of. */
      readonly made: unknown;
      /** The same, guarded: what everybody else sees. */
      readonly plugin: unknown;
    }
  | { readonly failure: DiffusionError };

/** One flat inversify container a pipeline: a token a slot, a module a plugin, no parents, no names. */
export class PluginContainer {
  readonly #container = new Container({ defaultScope: 'Singleton' });
  readonly #modules = new Map<string, ContainerModule>();
  readonly #unloading = new Map<string, Promise<void>>();
  readonly #failures = new Map<string, DiffusionError>();
  readonly #making: Making;

  /**
   * @param limit - milliseconds that an asynchronous hook of a plugin may take; for ever where absent
   * @param weights - the weights that plugins begin with, by slot
   */
  constructor(limit?: HookLimit, weights: WeightsOfSlots = {}) {
    this.#making = { limit, weights };
  }

  /**
   * Makes a plugin, once. What it needs must be here.
   *
   * @throws `RXD_PLUGIN_FAILED` naming the plugin; the plugin is then forgotten
   */
  async make(planned: PlannedPlugin): Promise<unknown> {
    const module = moduleOf(planned, this.#making, (error) => this.#failures.set(planned.id, error));
    this.#modules.set(planned.id, module);
    this.#container.load(module);
    const outcome = await this.#container.getAsync(tokenOf(planned.id));
    if ('plugin' in outcome) return outcome.plugin;
    await this.unmake(planned.id);
    throw outcome.failure;
  }

  /**
   * Disposes and forgets one plugin, exactly once however often it is asked.
   *
   * @throws `RXD_PLUGIN_FAILED` where its disposer threw
   */
  unmake(id: string): Promise<void> {
    const going = this.#unloading.get(id) ?? this.#unload(id);
    this.#unloading.set(id, going);
    return going;
  }

  /** Disposes all, last made first. What one throws stops no other, and is thrown at the end. */
  async unmakeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const id of [...this.#modules.keys()].toReversed()) {
      await this.unmake(id).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 1) throw severalFailed(failures);
    if (failures.length === 1) throw failures[0];
  }

  async #unload(id: string): Promise<void> {
    const module = this.#modules.get(id);
    if (module) await this.#container.unloadAsync(module);
    this.#modules.delete(id);
    const failure = this.#failures.get(id);
    if (failure) throw failure;
  }
}

function tokenOf(id: string): ServiceIdentifier<Outcome> {
  return Symbol.for(`rxdiffusion/slot/${id}`);
}

/** How plugins are made. */
interface Making {
  readonly limit: HookLimit;
  readonly weights: WeightsOfSlots;
}

function moduleOf(planned: PlannedPlugin, making: Making, report: (error: DiffusionError) => void): ContainerModule {
  const tokens = planned.needs.flatMap((need) => need.slots.map(tokenOf));
  return new ContainerModule(({ bind }) => {
    bind(tokenOf(planned.id))
      .toResolvedValue<Outcome[]>((...needed) => outcomeOf(planned, needed, making), tokens)
      .inSingletonScope()
      .onDeactivation((outcome) => dispose(planned, outcome, making.limit, report));
  });
}

async function outcomeOf(planned: PlannedPlugin, needed: readonly Outcome[], making: Making): Promise<Outcome> {
  const { limit } = making;
  try {
    const made = await created(planned, needed, making);
    await checked(planned, made, limit);
    identify(made, idOf(planned));
    return { made, plugin: guarded(planned.role.name, made, limit) };
  } catch (error) {
    return { failure: blame(error, idOf(planned)) };
  }
}

/** Throws where what was made is no plugin of its role; what it holds all the same is given back first. */
async function checked({ role }: PlannedPlugin, made: unknown, limit: HookLimit): Promise<void> {
  try {
    checkMade(role.name, made);
  } catch (error) {
    if (hasDispose(made)) await within(limit, 'dispose', Promise.resolve(made.dispose()));
    throw error;
  }
}

/** What `create` makes. Where it comes too late, it is disposed of when it comes. */
async function created(planned: PlannedPlugin, needed: readonly Outcome[], making: Making): Promise<unknown> {
  const { limit, weights } = making;
  const creating = takingWeights(depsOf(planned, needed), planned, weights);
  if (!isPromise(creating)) return creating;
  let late = false;
  const watched = Promise.resolve(creating).then(async (made) => {
    if (late) await disposeOf(planned, made);
    return made;
  });
  try {
    return await within(limit, 'create', watched);
  } catch (error) {
    late = true;
    quietly(watched);
    throw error;
  }
}

/** Deals what the container resolved, in the order of the tokens, out to the names that were asked. */
function depsOf(planned: PlannedPlugin, needed: readonly Outcome[]): Readonly<Record<string, unknown>> {
  let next = 0;
  const deps = planned.needs.map(({ as, gives, slots }) => {
    const plugins = needed.slice(next, (next += slots.length)).map(pluginOf);
    if (gives === 'record')
      return [as, Object.freeze(Object.fromEntries(slots.map((id, i) => [id, plugins[i]])))] as const;
    return [as, gives === 'list' ? Object.freeze(plugins) : plugins[0]] as const;
  });
  return { ...Object.fromEntries(deps), config: planned.config };
}

function pluginOf(outcome: Outcome): unknown {
  if ('failure' in outcome) throw outcome.failure;
  return outcome.plugin;
}

async function dispose(
  planned: PlannedPlugin,
  outcome: Outcome,
  limit: HookLimit,
  report: (error: DiffusionError) => void,
): Promise<void> {
  if ('failure' in outcome) return;
  try {
    await within(limit, 'dispose', disposeOf(planned, outcome.made));
  } catch (error) {
    report(blame(error, idOf(planned)));
  }
}

async function disposeOf(planned: PlannedPlugin, plugin: unknown): Promise<void> {
  if (planned.definition.dispose) await planned.definition.dispose(plugin);
  else if (hasDispose(plugin)) await plugin.dispose();
}

function hasDispose(plugin: unknown): plugin is { dispose(): unknown } {
  return typeof plugin === 'object' && plugin !== null && 'dispose' in plugin && typeof plugin.dispose === 'function';
}

function idOf({ role, name }: PlannedPlugin): string {
  return `${role.name}/${name}`;
}

function severalFailed(failures: readonly unknown[]): DiffusionError {
  const named = failures.map((error) => (error instanceof DiffusionError ? error.plugin : undefined));
  return new DiffusionError('RXD_PLUGIN_FAILED', {
    problem: `several plugins threw while they were disposed: ${named.join(', ')}`,
    fix: 'look at `cause.errors`; all plugins were disposed',
    cause: new AggregateError(failures),
  });
}
