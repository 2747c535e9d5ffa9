import type { Engine } from '../../core/contracts/engine.js';

/** Compiles for each plugin on each engine once, and gives the same again as long as both are alive. */
export function compiledOnce<P extends object, C>(
  compile: (engine: Engine, plugin: P) => C,
): (engine: Engine, plugin: P) => C {
  const made = new WeakMap<Engine, WeakMap<P, C>>();
  return (engine, plugin) => {
    const ofEngine = made.get(engine) ?? new WeakMap<P, C>();
    made.set(engine, ofEngine);
    const call = ofEngine.get(plugin) ?? compile(engine, plugin);
    ofEngine.set(plugin, call);
    return call;
  };
}
