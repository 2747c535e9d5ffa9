import { DiffusionError } from '../errors/diffusion-error.js';
import { refuseUnknownKeys } from './known-keys.js';
import { isPlainObject, plainJson, type Settings } from './plain-json.js';
import { migrateRecipe, RECIPE_FORMAT } from './recipe-format.js';
import { isSlotKey } from './slot.js';

export { migrateRecipe, RECIPE_FORMAT } from './recipe-format.js';

/** One plugin by name, with its config where it differs from the defaults. */
export type Use = string | { readonly name: string; readonly config?: Settings };

/**
 * Which plugin fills which slot. A key is a role's name (`sampler`), or `role:label` for an extra slot of a role
 * (`denoiser:weak`); roles that hold many (`postProcessor`, `observer`) take a list.
 */
export type Slots = Readonly<Record<string, Use | readonly Use[]>>;

/**
 * JSON that names plugins and their configs: what checkpoints, picture metadata and remote jobs carry.
 * It can never name code to load: a name that the catalogue does not know is an error.
 */
export interface Recipe {
  readonly format: typeof RECIPE_FORMAT;
  /** A preset of the catalogue, which this recipe's own slots and settings override. */
  readonly preset?: string;
  readonly plugins: Slots;
  /** Settings of the train pipeline; its schema checks them, see `readSettings`. */
  readonly train?: Settings;
  /** Settings of the sample pipeline. */
  readonly sample?: Settings;
}

const KEYS = ['format', 'preset', 'plugins', 'train', 'sample'];
const USE_KEYS = ['name', 'config'];
const FORM = `{ "format": ${RECIPE_FORMAT}, "preset"?, "plugins": { slot: "name" | { "name", "config"? } | [...] }, "train"?, "sample"? }`;

/**
 * Reads a recipe from parsed JSON (or YAML), migrating older formats. The result is a deeply frozen copy.
 *
 * @throws `RXD_RECIPE_INVALID` naming the key at fault, `RXD_FORMAT_VERSION` for a newer format
 */
export function parseRecipe(json: unknown): Recipe {
  return readRecipe(json, 'recipe');
}

/** As `parseRecipe`; `path` is what errors call the recipe. */
export function readRecipe(json: unknown, path: string): Recipe {
  const recipe = migrateRecipe(object(plainJson(json, path, refuse), path));
  onlyKeys(recipe, KEYS, path);
  const { preset, plugins = {}, train, sample } = recipe;
  if (preset !== undefined && typeof preset !== 'string') refuse(`${path}.preset`, 'is not the name of a preset');
  return Object.freeze({
    format: RECIPE_FORMAT,
    ...(typeof preset === 'string' ? { preset } : {}),
    plugins: parseSlots(plugins, `${path}.plugins`),
    ...(train === undefined ? {} : { train: object(train, `${path}.train`) }),
    ...(sample === undefined ? {} : { sample: object(sample, `${path}.sample`) }),
  });
}

/** One use of a plugin, checked and frozen; `path` is where errors say that it stands. */
export function parseUse(json: unknown, path: string): Use {
  const use = plainJson(json, path, refuse);
  if (typeof use === 'string') return use;
  const { name, config } = onlyKeys(object(use, path), USE_KEYS, path);
  if (typeof name !== 'string') return refuse(`${path}.name`, 'is not the name of a plugin');
  return Object.freeze({ name, ...(config === undefined ? {} : { config: object(config, `${path}.config`) }) });
}

/** Most plugins of a recipe: far more than any pipeline has. What joins them takes the square of their number. */
const MOST_PLUGINS = 1000;

function parseSlots(json: unknown, path: string): Slots {
  const entries = Object.entries(object(json, path));
  const count = entries.reduce((sum, [, value]) => sum + (Array.isArray(value) ? value.length : 1), 0);
  if (count > MOST_PLUGINS) refuse(path, `names ${count} plugins, more than ${MOST_PLUGINS}`);
  const slots = entries.map(([key, value]) => {
    const at = `${path}.${key}`;
    if (!isSlotKey(key)) refuse(at, 'is no slot: its key is not `role` or `role:label`');
    const uses = Array.isArray(value)
      ? Object.freeze(value.map((item, i) => parseUse(item, `${at}[${i}]`)))
      : parseUse(value, at);
    return [key, uses] as const;
  });
  return Object.freeze(Object.fromEntries(slots));
}

function object(value: unknown, path: string): Settings {
  if (isPlainObject(value)) return value;
  return refuse(
    path,
    `is ${value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`}, no object`,
  );
}

function onlyKeys(value: Settings, known: readonly string[], path: string): Settings {
  refuseUnknownKeys(value, known, path, 'RXD_RECIPE_INVALID');
  return value;
}

function refuse(path: string, problem: string): never {
  throw new DiffusionError('RXD_RECIPE_INVALID', {
    problem: `${path} ${problem}`,
    expected: FORM,
    fix: `correct ${path}`,
  });
}
