/** How many plugins of a role a pipeline holds. */
export type Arity = 'one' | 'many';

declare const plays: unique symbol;

/** A typed extension point. Third parties add roles with `role()`; they are equal to the built-in ones. */
export interface Role<T, A extends Arity = Arity> {
  readonly name: string;
  readonly arity: A;
  /** Equal for equal names, even if two copies of the package are loaded. */
  readonly key: symbol;
  /** Type only. */
  readonly [plays]?: T;
}

/**
 * Makes a role.
 *
 * @example
 * const upscaler = role<Upscaler>('upscaler', 'one');
 */
export function role<T, A extends Arity = 'one'>(name: string, arity: A): Role<T, A> {
  return Object.freeze({ name, arity, key: Symbol.for(`rxdiffusion/role/${name}`) });
}
