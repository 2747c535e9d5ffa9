import { z } from 'zod';
import { isObject, readRequest } from '../read-request.js';
import { weights } from '../request-values.js';
import type { Swap } from './sample-request.js';

/** A part of a run: an object with these methods. */
const partWith = <T>(role: string, ...methods: readonly string[]) =>
  z.custom<T>(
    (value) => isObject(value) && methods.every((name) => typeof value[name] === 'function'),
    `expected a ${role}, with the methods ${methods.join(' and ')}`,
  );

const fields = {
  sampler: partWith<Swap['sampler']>('sampler', 'init', 'step'),
  guidance: partWith<Swap['guidance']>('guidance', 'branches', 'init', 'combine'),
  denoiser: partWith<Swap['denoiser']>('denoiser', 'predict'),
  parameters: weights,
} satisfies { readonly [K in keyof Required<Swap>]: z.ZodType };

const swap = z.strictObject(fields).partial();

/** A value of `swap$`. Throws `RXD_REQUEST_INVALID` for keys and parts that cannot be. */
export function readSwap(value: unknown): Swap {
  return readRequest(value, swap, 'a value of swap$') as Swap;
}
