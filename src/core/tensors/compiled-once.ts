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
    let branch = branchOf(root, engine);
    for (const plugin of plugins) branch = branchOf(branch, plugin);
    return (branch.compiled ??= compile(engine, ...plugins));
  };
}

function branchOf<C>({ next }: Branch<C>, plugin: object): Branch<C> {
  const known = next.get(plugin);
  if (known !== undefined) return known;
  const made: Branch<C> = { next: new WeakMap() };
  next.set(plugin, made);
  return made;
}
