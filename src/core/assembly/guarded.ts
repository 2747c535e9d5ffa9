import type { Engine, TensorTree } from '../contracts/engine.js';
import { blame } from '../errors/blame.js';
import { guardedCompile, guardedRun } from './guarded-engine.js';
import { HOOKS, type Hook, type HookTable } from './hooks.js';
import { identify, identityOf } from './plugin-identity.js';
import { isPromise, quietly, refusePromises, within, type HookLimit } from './promises.js';

/** Who is at work, for errors, and how long it may take. */
interface Who {
  readonly id: string;
  readonly limit: HookLimit;
}

type Method = (...args: readonly unknown[]) => unknown;

const guards = new WeakMap<object, Map<string, object>>();
const isGuard = new WeakSet<object>();

/**
 * A plugin as a run sees it. What its hooks throw, reject with, give wrongly or do not give in time becomes an error that
 * names the plugin; a promise where none may be is such an error too, and ends no process. Its methods run on the plugin itself, so that private fields and getters work. A guarded plugin is
 * guarded once; roles without hooks of ours are left as they are.
 *
 * @param limit - milliseconds that an asynchronous hook may take
 */
export function guarded<T>(role: string, plugin: T, limit?: HookLimit): T {
  const table = HOOKS[role];
  if (table === undefined || typeof plugin !== 'object' || plugin === null || isGuard.has(plugin)) return plugin;
  const made = guards.get(plugin) ?? new Map<string, object>();
  guards.set(plugin, made);
  const key = `${role} ${limit}`;
  const guard = made.get(key) ?? guardOf(plugin, table, { id: identityOf(plugin, role), limit }, role);
  made.set(key, guard);
  return guard as T;
}

/** Parts that hold several plugins of a role, by slot. */
const BY_SLOT: Readonly<Record<string, string>> = { networks: 'denoiser', adapters: 'adapter' };

/** Parts that a user joined by hand, each guarded under its role; `networks` are denoisers by slot, `adapters` are adapters. */
export function guardedParts<T extends object>(parts: T): T {
  const entries = Object.entries(parts).map(([name, part]: [string, unknown]) => [
    name,
    Object.hasOwn(BY_SLOT, name) ? guardedSlots(BY_SLOT[name] as string, part) : guarded(name, part),
  ]);
  return { ...parts, ...Object.fromEntries(entries) } as T;
}

function guardedSlots(role: string, plugins: unknown): unknown {
  if (typeof plugins !== 'object' || plugins === null) return plugins;
  return Object.fromEntries(Object.entries(plugins).map(([slot, plugin]) => [slot, guarded(role, plugin)]));
}

function guardOf(plugin: object, table: HookTable, who: Who, role: string): object {
  const guard = new Proxy(Object.create(Object.getPrototypeOf(plugin) as object | null) as object, {
    ...(role === 'schedule' ? FROZEN : changing(plugin)),
    ...looking(
      plugin,
      (key, value) => {
        if (role === 'engine' && typeof value === 'function') {
          if (key === 'run') return engineRun(plugin as Engine, value as Engine['run'], who.id);
          if (key === 'compile') return engineCompile(plugin as Engine, value as Engine['compile'], who.id);
        }
        const entry = typeof key === 'string' && Object.hasOwn(table, key) ? table[key] : undefined;
        return entry === undefined ? bound(plugin, value) : entered(plugin, key as string, value, entry, who);
      },
      who,
    ),
  });
  isGuard.add(guard);
  identify(guard, who.id);
  return guard;
}

/** Traps that show a plugin, each of its properties seen through `seen` and remembered as long as it stays the same. */
function looking(
  plugin: object,
  seen: (key: PropertyKey, value: unknown) => unknown,
  { id }: Who,
): ProxyHandler<object> {
  const known = new Map<PropertyKey, { readonly raw: unknown; readonly shown: unknown }>();
  const get = (key: PropertyKey): unknown => {
    try {
      const raw: unknown = Reflect.get(plugin, key, plugin);
      const before = known.get(key);
      if (before !== undefined && before.raw === raw) return before.shown;
      const shown = seen(key, raw);
      known.set(key, { raw, shown });
      return shown;
    } catch (error) {
      throw blame(error, id);
    }
  };
  return {
    get: (_, key) => get(key),
    has: (_, key) => Reflect.has(plugin, key),
    ownKeys: () => Reflect.ownKeys(plugin),
    getOwnPropertyDescriptor: (_, key) => {
      const own = Reflect.getOwnPropertyDescriptor(plugin, key);
      return own && { value: get(key), enumerable: own.enumerable === true, writable: false, configurable: true };
    },
  };
}

/** Traps that change the plugin itself: for whoever holds it. */
const changing = (plugin: object): ProxyHandler<object> => ({
  set: (_, key, value) => Reflect.set(plugin, key, value, plugin),
  defineProperty: (_, key, property) => Reflect.defineProperty(plugin, key, property),
  deleteProperty: (_, key) => Reflect.deleteProperty(plugin, key),
});

/** Traps that let nobody change what they show: a schedule is handed to other plugins. */
const FROZEN: ProxyHandler<object> = {
  set: () => false,
  defineProperty: () => false,
  deleteProperty: () => false,
  setPrototypeOf: () => false,
  preventExtensions: () => false,
};

function entered(owner: object, name: string, value: unknown, entry: HookTable[string], who: Who): unknown {
  if (value === undefined) return undefined;
  if ('inside' in entry)
    return typeof value === 'object' && value !== null ? inner(value, name, entry.inside, who) : value;
  return typeof value === 'function' ? calling(owner, value as Method, name, entry, who) : entry.check(value, []);
}

/** A property that holds hooks of its own: those of a table, or any number of one kind. */
function inner(part: object, name: string, inside: HookTable | Hook, who: Who): object {
  const one = isHook(inside) ? inside : undefined;
  const entries = Object.keys(part).map((key) => {
    const entry = one ?? (inside as HookTable)[key];
    const value: unknown = Reflect.get(part, key);
    return [key, entry === undefined ? value : entered(part, `${name}.${key}`, value, entry, who)] as const;
  });
  return Object.freeze(Object.fromEntries(entries));
}

const isHook = (inside: HookTable | Hook): inside is Hook => typeof inside['check'] === 'function';

function calling(owner: object, method: Method, name: string, hook: Hook, who: Who): Method {
  const { async, check, gives } = hook;
  return (...args) => {
    const seen = (given: unknown): unknown => {
      const checked = check(given, args);
      return gives === undefined ? checked : calling(owner, checked as Method, gives.name, gives.hook, who);
    };
    try {
      const given: unknown = Reflect.apply(method, owner, args);
      if (async && isPromise(given)) return waited(given, seen, { name, isTaken: gives !== undefined }, who);
      refusePromises(given, name);
      return seen(given);
    } catch (error) {
      throw blame(error, who.id);
    }
  };
}

async function waited(
  given: PromiseLike<unknown>,
  seen: (result: unknown) => unknown,
  { name, isTaken }: { readonly name: string; readonly isTaken: boolean },
  { id, limit }: Who,
): Promise<unknown> {
  try {
    return seen(await within(limit, name, given));
  } catch (error) {
    // What was taken after all is given back: nobody else will.
    quietly(isTaken ? Promise.resolve(given).then((late) => (typeof late === 'function' ? late() : undefined)) : given);
    throw blame(error, id);
  }
}

/** A method that is no hook of ours, or a plain property. */
function bound(owner: object, value: unknown): unknown {
  return typeof value === 'function'
    ? (...args: readonly unknown[]) => Reflect.apply(value as Method, owner, args)
    : value;
}

const engineRun = (engine: Engine, run: Engine['run'], id: string): Engine['run'] =>
  guardedRun((work) => Reflect.apply(run, engine, [work]), id);

const engineCompile = (engine: Engine, compile: Engine['compile'], id: string): Engine['compile'] =>
  guardedCompile(
    <I extends TensorTree, O extends TensorTree>(work: (input: I) => O) => Reflect.apply(compile, engine, [work]),
    id,
  );
