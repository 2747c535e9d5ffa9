import type { SchedulerFields } from './scheduler-fields.js';

/**
 * Reads a name that configs of sibling classes have under the same key: a scheduler may be made from another's config,
 * and then takes its own default for names that only the other knows. Such a name is among the keys without effect.
 */
export function readSiblingName<T extends string>(
  config: SchedulerFields,
  key: string,
  own: readonly [T, ...T[]],
  siblings: readonly string[],
): T {
  const said = config.choice<string>(key, own[0], [...own, ...siblings]);
  const known = own.find((name) => name === said);
  if (known === undefined) config.leaveUnused(key);
  return known ?? own[0];
}
