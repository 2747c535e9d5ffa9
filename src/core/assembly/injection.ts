import type { Arity, Role } from './role.js';

/** A labelled slot of a role: `denoiser:weak` is the label `weak` of the role `denoiser`. */
export interface LabelledSlot<T> {
  readonly slot: Role<T, 'one'>;
  readonly label: string;
}

/** A role or a labelled slot that may be absent from a pipeline; `create` then gets `undefined`. */
export interface OptionalRole<T> {
  readonly optional: Role<T, 'one'> | LabelledSlot<T>;
}

/** All slots of a role, labelled ones too. */
export interface EveryOf<T> {
  readonly every: Role<T>;
}

/** What a plugin may ask for under a name. */
export type Asked<T = unknown> = Role<T> | LabelledSlot<T> | OptionalRole<T> | EveryOf<T>;

/** What a plugin asks for, by the name under which `create` gets it. */
export type Injection = Readonly<Record<string, Asked>>;

/**
 * Asks for a labelled slot of a role.
 *
 * @example
 * inject: { text: slot(Roles.denoiser, 'text') }
 */
export function slot<T>(role: Role<T, 'one'>, label: string): LabelledSlot<T> {
  return { slot: role, label };
}

/** Marks an injected role, or a labelled slot of one, as something that may be absent. */
export function optional<T>(asked: Role<T, 'one'> | LabelledSlot<T>): OptionalRole<T> {
  return { optional: asked };
}

/**
 * Asks for all plugins of a role by their slots, `{ denoiser: …, 'denoiser:weak': … }`, but for the one that asks. There
 * may be none.
 */
export function every<T>(role: Role<T>): EveryOf<T> {
  return { every: role };
}

/** What `create` gets for an `Injection`: a plugin, a list where the role holds many, a record where all slots are asked for. */
export type Injected<I extends Injection> = {
  readonly [K in keyof I]: I[K] extends OptionalRole<infer T>
    ? T | undefined
    : I[K] extends EveryOf<infer T>
      ? Readonly<Record<string, T>>
      : I[K] extends LabelledSlot<infer T>
        ? T
        : I[K] extends Role<infer T, infer A extends Arity>
          ? 'many' extends A
            ? readonly T[]
            : T
          : never;
};
