import type { Engine } from '../contracts/engine.js';

/** What was compiled for a list of objects, object by object. */
interface Branch<C> {
  compiled?: C;
  readonly next: WeakMap<object, Branch<C>>;
}

/** Compiles for these plugins on each engine once, and gives the same again as long as all of them are alive. */
export function compiledOnce<P extends readonly object[], C extends object>(
  compile: (engine: Engine, ...plugins: P) => C,
): (engine: Engine, ...plugins: P) => C {
  const root: Branch<C> = { next: new WeakMap() };
  return (engine, ...plugins) => {
    const branch = [engine, ...plugins].reduce<Branch<C>>((from, plugin) => {
      const next = from.next.get(plugin) ?? { next: new WeakMap<object, Branch<C>>() };
      from.next.set(plugin, next);
      return next;
    }, root);
    return (branch.compiled ??= compile(engine, ...plugins));
  };
}
