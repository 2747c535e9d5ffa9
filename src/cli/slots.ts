import { InvalidArgumentError } from 'commander';
import {
  DiffusionError,
  parseRecipe,
  type Catalogue,
  type DiffusionOptions,
  type Recipe,
  type Slots,
  type Use,
} from '../index.js';
import { parseRecipeText } from '../node.js';

/** `--use slot=name` or `--use 'slot={"name": "cfg", "config": {...}}'`, collected. */
export function collectUse(text: string, before: Slots = {}): Slots {
  const [slot = '', ...rest] = text.split('=');
  const said = rest.join('=');
  if (slot === '' || said === '') throw wrongUse();
  return { ...before, [slot]: said.startsWith('{') || said.startsWith('[') ? parsed(said) : said };
}

/** Options of the commands that take a recipe. */
export interface RecipeOptions {
  readonly use?: Slots;
  readonly set?: readonly Setting[];
  /** Modules of plugins. */
  readonly plugins?: readonly string[];
  /** Megabytes that the pipeline and its runs may need. */
  readonly memoryLimit?: number;
  readonly json?: boolean;
}

/** The limit of memory as an option of a pipeline, where it is said. */
export const memoryLimitOf = ({ memoryLimit }: RecipeOptions): Pick<DiffusionOptions, 'memoryLimit'> =>
  memoryLimit === undefined ? {} : { memoryLimit };

/** One `--set`: where a value goes, and the value. */
export interface Setting {
  /** A slot, or `train` or `sample`. */
  readonly slot: string;
  /** Keys from the outside in: `factor`, or `0`, `factor` where a slot holds several plugins. */
  readonly keys: readonly string[];
  readonly value: unknown;
}

/** `--set slot.key=value`, collected. The value is JSON, or else text. */
export function collectSetting(text: string, before: readonly Setting[] = []): readonly Setting[] {
  const [path = '', ...rest] = text.split('=');
  const [slot = '', ...keys] = path.split('.');
  const said = rest.join('=');
  if (slot === '' || keys.length === 0 || keys.includes('') || said === '')
    throw new InvalidArgumentError('Give slot.key=value, for example --set sampler.eta=0.5');
  return [...before, { slot, keys, value: jsonOr(said) }];
}

/**
 * A recipe with some config keys set otherwise, those of plugins that its preset names too.
 *
 * @throws DiffusionError `RXD_RECIPE_INVALID` for a slot that it does not have
 */
export function withSettings(known: Catalogue, recipe: unknown, settings: readonly Setting[]): Recipe {
  return settings.reduce((before, setting) => withSetting(known, before, setting), parseRecipe(recipe));
}

function withSetting(known: Catalogue, recipe: Recipe, { slot, keys, value }: Setting): Recipe {
  if (slot === 'train' || slot === 'sample') return { ...recipe, [slot]: placed(recipe[slot] ?? {}, keys, value) };
  const preset = recipe.preset === undefined ? undefined : known.preset(recipe.preset);
  const slots = { ...preset?.plugins, ...recipe.plugins };
  const use = Object.hasOwn(slots, slot) ? slots[slot] : undefined;
  if (use === undefined) throw noSlot(slot, Object.keys(slots));
  return { ...recipe, plugins: { ...recipe.plugins, [slot]: changed(use, keys, value, slot) } };
}

function changed(use: Slots[string], keys: readonly string[], value: unknown, slot: string): Slots[string] {
  if (!isList(use)) return configured(use, keys, value);
  const [index = '', ...rest] = keys;
  const one = use[Number(index)];
  if (!/^\d+$/.test(index) || one === undefined || rest.length === 0)
    throw noSlot(`${slot}.${index}`, listed(slot, use));
  return use.map((other, at) => (at === Number(index) ? configured(one, rest, value) : other));
}

const isList = (use: Slots[string]): use is readonly Use[] => Array.isArray(use);

const listed = (slot: string, uses: readonly Use[]): string[] => uses.map((_, index) => `${slot}.${index}.<key>`);

function configured(use: Use, keys: readonly string[], value: unknown): Use {
  const { name, config = {} } = typeof use === 'string' ? { name: use } : use;
  return { name, config: placed(config, keys, value) };
}

/** An object with one value put in its place; keys on the way that hold no object get one. */
function placed<T extends object>(into: T, [key = '', ...rest]: readonly string[], value: unknown): T {
  const own: unknown = Object.hasOwn(into, key) ? Reflect.get(into, key) : undefined;
  const inner = typeof own === 'object' && own !== null ? own : {};
  const next = rest.length === 0 ? value : placed(inner, rest, value);
  if (!Array.isArray(into)) return { ...into, [key]: next };
  return into.map((old: unknown, index) => (String(index) === key ? next : old)) as unknown as T;
}

/** A value as JSON, or else as text; as strict as a recipe where it is an object or a list. */
export function jsonOr(text: string): unknown {
  const nested = /^[[{]/.test(text);
  try {
    return nested ? parseRecipeText(text, 'json') : (JSON.parse(text) as unknown);
  } catch (error) {
    if (!nested) return text;
    throw new InvalidArgumentError(
      `Got ${text.slice(0, 100)}, which begins as JSON and is not: ${reasonOf(error)}. Expected a JSON value, or a word.`,
    );
  }
}

/** Why a text is no JSON: what the parser says, or the rule of recipes that it breaks. */
function reasonOf(error: unknown): string {
  if (!(error instanceof DiffusionError)) return String(error);
  const { cause, expected, got } = error;
  return cause instanceof Error ? cause.message : `${expected}, got ${got}`;
}

function noSlot(slot: string, slots: readonly string[]): DiffusionError {
  return new DiffusionError('RXD_RECIPE_INVALID', {
    problem: `--set names ${slot}, which the recipe does not have`,
    got: slot,
    expected: `one of ${slots.join(', ')}; or train, sample`,
    fix: 'fill the slot in the recipe or by --use first, or name another',
  });
}

/** A recipe with some slots filled otherwise. */
export function withSlots(recipe: unknown, slots: Slots): Recipe {
  const { plugins, ...rest } = parseRecipe(recipe);
  return { ...rest, plugins: { ...plugins, ...slots } };
}

function parsed(json: string): Use {
  try {
    return parseRecipeText(json, 'json') as Use;
  } catch (error) {
    throw wrongUse(`Got ${json.slice(0, 100)}: ${reasonOf(error)}. `);
  }
}

function wrongUse(got = ''): InvalidArgumentError {
  return new InvalidArgumentError(
    `${got}Give slot=name, or slot={"name": "...", "config": {...}}; for example --use sampler=dpmpp-2m`,
  );
}
