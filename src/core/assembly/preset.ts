import { RECIPE_FORMAT } from './recipe-format.js';
import { readRecipe, type Slots } from './recipe.js';
import type { Settings } from './plain-json.js';

/** A named list of plugins that fit together: data only. A recipe that names it overrides it slot by slot. */
export interface Preset<N extends string = string> {
  readonly name: N;
  /** One sentence: what it is good for, and the paper. */
  readonly description: string;
  readonly plugins: Slots;
  readonly train?: Settings;
  readonly sample?: Settings;
}

/**
 * Checks and freezes a preset.
 *
 * @throws `RXD_RECIPE_INVALID` naming the key at fault
 *
 * @example
 * definePreset({ name: 'flow', description: '...', plugins: { schedule: 'flow', sampler: 'euler' } });
 */
export function definePreset<N extends string>({
  name,
  description,
  plugins: slots,
  ...settings
}: Preset<N>): Preset<N> {
  const { plugins, train, sample } = readRecipe(
    { ...settings, format: RECIPE_FORMAT, plugins: slots },
    `preset ${name}`,
  );
  return Object.freeze({
    name,
    description,
    plugins,
    ...(train === undefined ? {} : { train }),
    ...(sample === undefined ? {} : { sample }),
  });
}
