import type { Settings } from '../../../core/assembly/plain-json.js';
import type { Use } from '../../../core/assembly/recipe.js';

/** A plugin by name, with those settings that are not `undefined`; the name alone where there are none. */
export function use(name: string, config: Settings = {}): Use {
  const said = Object.entries(config).filter(([, value]) => value !== undefined);
  return said.length === 0 ? name : { name, config: Object.fromEntries(said) };
}

/** A grid from clean to noisy. */
export function flipped(of: Use, repeatEnd = false): Use {
  return use('flip', { of: typeof of === 'string' ? { name: of } : of, repeatEnd: repeatEnd ? true : undefined });
}
