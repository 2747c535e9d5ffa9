import { Tensor } from '@tensorflow/tfjs';
import { isObservable, type Observable } from 'rxjs';
import { z } from 'zod';
import type { ParametersBySlot, ParameterSet } from '../contracts/denoiser.js';
import type { LiveParameters } from '../loop/live-values.js';
import { isRecord } from './read-request.js';

/** An observable of anything. */
export const observable = z.custom<Observable<unknown>>(isObservable, 'expected an Observable');

/** A function. */
export const callback = <F>() => z.custom<F>((value) => typeof value === 'function', 'expected a function');

/** Megabytes that a pipeline and its runs may need. */
export const megabytes = z.custom<number>(
  (value) => typeof value === 'number' && value >= 1,
  'expected megabytes: 1 or more, or Infinity',
);

/** Samples or masks as plain data. */
export const finiteFloats = z
  .custom<Float32Array>(isFloats, 'expected a Float32Array')
  .refine(
    (values) => !isFloats(values) || values.every(Number.isFinite),
    'expected finite numbers, got NaN or infinity',
  );

/** Weights by name, or such sets by slot. */
export const slotWeights = z
  .custom<ParameterSet | ParametersBySlot>(isRecord, 'expected weights: tensors by name, or such sets by slot')
  .superRefine((given, ctx) => {
    const entries = isRecord(given) ? Object.entries(given) : [];
    const sets = entries.filter(([, set]) => isRecord(set) && !(set instanceof Tensor));
    const areSets = sets.length > 0 && sets.length === entries.length;
    const found = areSets
      ? sets.flatMap(([slot, set]) =>
          Object.entries(set as object).map(([name, tensor]) => [[slot, name], tensor] as const),
        )
      : entries.map(([name, tensor]) => [[name], tensor] as const);
    for (const [path, tensor] of found) {
      const wrong = faultOf(tensor);
      if (wrong !== '') ctx.addIssue({ code: 'custom', path: [...path], message: wrong });
    }
  });

/** Conditions by a name of their own: `conditional` and `unconditional` are said by other keys. */
export const furtherConditions = z
  .custom<Readonly<Record<string, unknown>>>(isRecord, 'expected an object of conditions')
  .superRefine(refuseTakenNames);

/** Refuses further conditions under the name of one that another key says. */
export function refuseTakenNames(conditions: unknown, ctx: z.core.$RefinementCtx): void {
  for (const [name, other] of Object.entries({ conditional: 'condition', unconditional: 'negative' }))
    if (isRecord(conditions) && Object.hasOwn(conditions, name))
      ctx.addIssue({
        code: 'custom',
        path: [name],
        message: `expected a name of its own: say \`${other}\` for this one`,
      });
}

/** What was said, without what was not. */
export function defined<T extends object>(values: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  const said = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as { readonly [K in keyof T]?: Exclude<T[K], undefined> };
}

function faultOf(tensor: unknown): string {
  if (!(tensor instanceof Tensor)) return 'expected a tensor';
  if (tensor.isDisposed) return 'the tensor is disposed';
  return tensor.dtype === 'float32' ? '' : `expected float32, got ${tensor.dtype}`;
}

/** Observables by the key that they give values of. Which keys there are, the run knows. */
export const liveParameters = z
  .custom<LiveParameters>(isRecord, 'expected an object of Observables')
  .superRefine((live, ctx) => {
    for (const [key, value] of isRecord(live) ? Object.entries(live) : []) {
      if (isObservable(value)) continue;
      const message = `expected an Observable, got ${typeof value}: say of(value), or set it in the recipe`;
      ctx.addIssue({ code: 'custom', path: [key], message });
    }
  });

function isFloats(value: unknown): value is Float32Array {
  return Object.prototype.toString.call(value) === '[object Float32Array]';
}
