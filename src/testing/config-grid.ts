/** Values to try for each key of a config. */
export type ConfigValues = Readonly<Record<string, readonly unknown[]>>;

/**
 * Every combination of the values of a config's keys.
 *
 * @example
 * configGrid({ order: [1, 2], eta: [0, 1] }) // four configs
 */
export function configGrid(values: ConfigValues): readonly Readonly<Record<string, unknown>>[] {
  return Object.entries(values).reduce<readonly Readonly<Record<string, unknown>>[]>(
    (configs, [key, choices]) => configs.flatMap((config) => choices.map((choice) => ({ ...config, [key]: choice }))),
    [{}],
  );
}
