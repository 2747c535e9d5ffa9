import type { PluginDefinition } from './define-plugin.js';
import type { Slot } from './flatten-recipe.js';
import type { Recipe } from './recipe.js';
import type { Role } from './role.js';

/** What a plugin asks for under one name, and the slots that give it. */
export interface Need {
  readonly as: string;
  readonly role: Role<unknown>;
  /** A `many` role gives a list, `every` a record; what is optional and empty gives `undefined`. */
  readonly gives: 'one' | 'list' | 'record' | 'nothing';
  readonly slots: readonly string[];
}

/** A plugin of a pipeline, checked and wired but not made. */
export interface PlannedPlugin extends Slot {
  readonly definition: PluginDefinition;
  readonly needs: readonly Need[];
}

/** A pipeline, checked and wired but not made. */
export interface Plan {
  /** Without preset, with all defaults. */
  readonly recipe: Recipe;
  /** In the recipe's order. */
  readonly plugins: readonly PlannedPlugin[];
  /** Slot ids; each plugin after all that it needs. */
  readonly order: readonly string[];
}
