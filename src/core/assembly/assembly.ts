import { DiffusionError } from '../errors/diffusion-error.js';
import { runChecks, type AssemblyCheck } from './assembly-check.js';
import type { Catalogue } from './catalogue.js';
import type { PluginContainer } from './container.js';
import { explainPlan } from './explain.js';
import { checkMemory } from './memory-limit.js';
import { memoryOf, planPlugin } from './plan-assembly.js';
import type { Plan } from './plan.js';
import { parseUse, type Use } from './recipe.js';
import type { Role } from './role.js';
import { wire, wireOther, type FilledSlot, type Wiring } from './wiring.js';

/** A plugin made beside those of a pipeline. Its maker disposes it; else the pipeline does when it is disposed. */
export interface Made<T> extends AsyncDisposable {
  readonly plugin: T;
  /** Its name and config with all defaults, as a recipe would say it. */
  readonly use: Use;
  /** Idempotent. */
  dispose(): Promise<void>;
}

/**
 * The plugins of one pipeline, joined and frozen. It is yours: dispose it after its last run. After that, all but
 * `recipe`, `memoryLimit`, `explain` and `dispose` throw `RXD_ASSEMBLY_DISPOSED`.
 */
export interface Assembly extends Wiring, AsyncDisposable {
  /** Megabytes that its plugins, and each of its runs, may need. */
  readonly memoryLimit: number;
  /** The wiring as a table: slot, plugin, config, who chose it, what it needs; then the order of creation. */
  explain(): string;
  /**
   * Makes another plugin of a role, injected from this pipeline and checked as if it stood in it, and replaces
   * nothing: what a swap between two steps needs.
   *
   * @throws what `assemble` throws
   */
  make<T>(role: Role<T>, use: Use): Promise<Made<T>>;
  /**
   * Disposes every plugin once, last made first. Idempotent: a second call waits for the first.
   *
   * @throws `RXD_PLUGIN_FAILED` where a disposer threw; the others were run all the same
   */
  dispose(): Promise<void>;
  /**
   * Calls back when `dispose()` is called, before the first plugin is freed: what still runs ends then.
   *
   * @returns what takes the wish back; idempotent
   */
  onDispose(call: () => void): () => void;
}

/** What `assemble` has built. */
interface Parts {
  readonly catalogue: Catalogue;
  readonly plan: Plan;
  readonly container: PluginContainer;
  readonly checks: readonly AssemblyCheck[];
  readonly slots: readonly FilledSlot[];
  readonly memoryLimit: number;
}

/** Joins what `assemble` has built to the object that its caller holds. */
export function assemblyOf(parts: Parts): Assembly {
  const { catalogue, plan, container, slots } = parts;
  const wiring = wire(catalogue, plan.recipe, slots);
  let disposing: Promise<void> | undefined;
  let made = 0;
  const alive = (): Wiring => {
    if (disposing) throw disposed();
    return wiring;
  };
  const waiting = new Set<() => void>();
  const dispose = (): Promise<void> => {
    if (disposing) return disposing;
    // In a later turn: who is called here may dispose of the pipeline too, and gets the same promise.
    disposing = Promise.resolve().then(() => container.unmakeAll());
    for (const call of waiting) call();
    return disposing;
  };
  return Object.freeze({
    recipe: plan.recipe,
    get: <T>(role: Role<T, 'one'>, label?: string) => alive().get(role, label),
    find: <T>(role: Role<T, 'one'>, label?: string) => alive().find(role, label),
    all: <T>(role: Role<T>) => alive().all(role),
    bySlot: <T>(role: Role<T>) => alive().bySlot(role),
    nameOf: (role: Role<unknown>, label?: string) => alive().nameOf(role, label),
    memoryLimit: parts.memoryLimit,
    explain: () => explainPlan(plan),
    async make<T>(role: Role<T>, use: Use) {
      alive();
      return makeOne<T>(parts, role, use, `${role.name}#${++made}`, alive);
    },
    dispose,
    onDispose(call: () => void) {
      const once = (): void => call();
      waiting.add(once);
      return () => void waiting.delete(once);
    },
    [Symbol.asyncDispose]: dispose,
  });
}

async function makeOne<T>(parts: Parts, role: Role<T>, use: Use, id: string, alive: () => void): Promise<Made<T>> {
  const { catalogue, plan, container, checks, slots } = parts;
  const asked = parseUse(use, `use of ${role.name}`);
  const { name, config = {} } = typeof asked === 'string' ? { name: asked } : asked;
  const planned = planPlugin(catalogue, plan, { id, key: role.name, role, name, config, from: 'made' });
  checkMemory([memoryOf(planned)], parts.memoryLimit);
  const plugin = await container.make(planned);
  const normal = Object.freeze({ name, config: planned.config });
  try {
    alive();
    runChecks(checks, wireOther(catalogue, plan.recipe, slots, { key: role.name, role, name, plugin }, normal));
  } catch (error) {
    await container.unmake(id);
    throw error;
  }
  const dispose = (): Promise<void> => container.unmake(id);
  return Object.freeze({ plugin: plugin as T, use: normal, dispose, [Symbol.asyncDispose]: dispose });
}

function disposed(): DiffusionError {
  return new DiffusionError('RXD_ASSEMBLY_DISPOSED', {
    problem: 'the pipeline was disposed',
    expected: 'a pipeline that is still alive',
    fix: 'assemble the recipe again, or dispose later: after the last run',
  });
}
