/** How many plugins of a role a pipeline holds. */
export type Arity = 'one' | 'many';

declare const plays: unique symbol;

/** A typed extension point. Third parties add roles with `role()`; they are equal to the built-in ones. */
export interface Role<T, A extends Arity = Arity, N extends string = string> {
  readonly name: N;
  readonly arity: A;
  /** Equal for equal names, even if two copies of the package are loaded. */
  readonly key: symbol;
  /** Type only. */
  readonly [plays]?: T;
}

/**
 * Makes a role. Its name stands among the types too, so that `defineRecipe` knows the slots that it makes.
 *
 * @example
 * const upscaler = role<Upscaler, 'one', 'upscaler'>('upscaler', 'one');
 */
export function role<T, A extends Arity = 'one', N extends string = string>(name: N, arity: A): Role<T, A, N> {
  return Object.freeze({ name, arity, key: Symbol.for(`rxdiffusion/role/${name}`) });
}
