import { Tensor } from '@tensorflow/tfjs';
import { isObservable, type Observable } from 'rxjs';
import { z } from 'zod';
import type { ParameterSet } from '../core/contracts/denoiser.js';
import type { LiveParameters } from '../core/loop/live-values.js';
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

/** Weights by name, alive. */
export const weights = z.custom<ParameterSet>(isRecord, 'expected weights: tensors by name').superRefine((set, ctx) => {
  for (const [name, tensor] of isRecord(set) ? Object.entries(set) : []) {
    const wrong = faultOf(tensor);
    if (wrong !== '') ctx.addIssue({ code: 'custom', path: [name], message: wrong });
  }
});

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
