import type { Recipe } from './recipe.js';

/** Slots that sampling does without: a recipe of them names data and folders of another machine. */
const TRAINING = new Set(['dataset', 'objective', 'timestepSampler', 'optimizer', 'average', 'store', 'observer']);

/** A recipe with only the slots and settings that sampling needs. */
export function samplingRecipe(recipe: Recipe): Recipe {
  const { train: _, plugins, ...rest } = recipe;
  const needed = Object.entries(plugins).filter(([slot]) => !TRAINING.has(slot.split(':')[0] ?? ''));
  return { ...rest, plugins: Object.fromEntries(needed) };
}
