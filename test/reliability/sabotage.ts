/** What a broken hook does instead of its work. */
export type Act = (call: {
  readonly args: readonly unknown[];
  /** Does the work as it should be done. */
  readonly honest: () => unknown;
}) => unknown;

type Method = (...args: unknown[]) => unknown;

/** The plugin with one method that breaks at its call number `at` (0 for the first) and is honest otherwise. */
export function sabotaged<T extends object>(plugin: T, hook: string, act: Act, at = 0): T {
  let calls = 0;
  const method = (plugin as Record<string, Method>)[hook] as Method;
  const broken: Method = (...args) => {
    const honest = (): unknown => method.apply(plugin, args);
    return calls++ === at ? act({ args, honest }) : honest();
  };
  return { ...plugin, [hook]: broken };
}

/** Thrown by broken hooks. */
export class Sabotage extends Error {
  override readonly name = 'Sabotage';
}

/** Throws. */
export const throwing: Act = () => {
  throw new Sabotage('broken on purpose');
};
