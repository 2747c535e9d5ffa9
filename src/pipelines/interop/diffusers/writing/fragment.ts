import type { Settings } from '../../../../core/assembly/plain-json.js';
import type { Use } from '../../../../core/assembly/recipe.js';
import { refuseScheduler, said } from '../refuse.js';
import type { SchedulerPlugins } from '../scheduler-file.js';

/** A plugin with its config, which is empty where only its name was said. */
export interface NamedUse {
  readonly name: string;
  readonly config: Settings;
}

/** The slots of a recipe that make a scheduler, each with name and config. */
export type Fragment = Readonly<Record<keyof SchedulerPlugins, NamedUse>>;

/** A use in its long form. */
export function named(use: Use): NamedUse {
  return typeof use === 'string' ? { name: use, config: {} } : { name: use.name, config: use.config ?? {} };
}

/** Refuses a slot that no scheduler of diffusers can say. */
export function refuseSlot(slot: keyof SchedulerPlugins, use: NamedUse, expected: string): never {
  return refuseScheduler({
    problem: `no scheduler config of diffusers expresses this ${slot}`,
    got: `${use.name} ${said(use.config)}`,
    expected,
    fix: `choose another ${slot}, or carry the recipe itself`,
  });
}
