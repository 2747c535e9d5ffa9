import { DiffusionError, parseRecipe, type Recipe, type Slots, type Use } from '../index.js';
import { parseRecipeText } from '../node.js';

/** `--use slot=name` or `--use 'slot={"name": "cfg", "config": {...}}'`, collected. */
export function collectUse(text: string, before: Slots = {}): Slots {
  const [slot = '', ...rest] = text.split('=');
  const said = rest.join('=');
  if (slot === '' || said === '') throw wrongUse(text);
  return { ...before, [slot]: said.startsWith('{') || said.startsWith('[') ? parsed(said, text) : said };
}

/** A recipe with some slots filled otherwise. */
export function withSlots(recipe: unknown, slots: Slots): Recipe {
  const { plugins, ...rest } = parseRecipe(recipe);
  return { ...rest, plugins: { ...plugins, ...slots } };
}

/** A recipe with only the slots that sampling needs: a checkpoint samples where its data and folders are not. */
export function samplingOnly(recipe: Recipe): Recipe {
  const { train: _, plugins, ...rest } = recipe;
  const needed = Object.entries(plugins).filter(([slot]) => !TRAINING.has(slot.split(':')[0] ?? ''));
  return { ...rest, plugins: Object.fromEntries(needed) };
}

const TRAINING = new Set(['dataset', 'objective', 'timestepSampler', 'optimizer', 'average', 'store', 'observer']);

function parsed(json: string, text: string): Use {
  try {
    return parseRecipeText(json, 'json') as Use;
  } catch (cause) {
    throw wrongUse(text, cause);
  }
}

function wrongUse(text: string, cause?: unknown): DiffusionError {
  return new DiffusionError('RXD_RECIPE_INVALID', {
    problem: '--use does not name a plugin for a slot',
    got: text,
    expected: 'slot=name, or slot={"name": "...", "config": {...}}',
    fix: 'for example --use sampler=dpmpp-2m',
    ...(cause === undefined ? {} : { cause }),
  });
}
