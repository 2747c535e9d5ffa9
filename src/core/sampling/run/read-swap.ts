import { z } from 'zod';
import type { Denoiser, ParametersBySlot } from '../../contracts/denoiser.js';
import { readGiven } from '../../errors/given.js';
import { guardedParts } from '../../assembly/guarded.js';
import { isObject, readRequest } from '../../requests/read-request.js';
import { slotWeights } from '../../requests/request-values.js';
import type { ReverseParts } from '../reverse-parts.js';
import type { Swap } from '../sample-request.js';

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
  parameters: slotWeights,
} satisfies Readonly<Record<string, z.ZodType>>;

const swap = z.strictObject(fields).partial();
const NETWORK = /^denoiser:[^\s:]+$/;

/** A value of `swap$`. Throws `RXD_REQUEST_INVALID` for keys and parts that cannot be. */
export function readSwap(value: unknown): Swap {
  return readGiven('a value of swap$ cannot be read', () => readParts(value));
}

function readParts(value: unknown): Swap {
  const slots = isObject(value) ? Object.keys(value).filter((key) => NETWORK.test(key)) : [];
  if (!isObject(value) || slots.length === 0) return readRequest(value, swap, 'a value of swap$') as Swap;
  const networks = slots.map((slot) => [slot, networkOf(slot, value[slot])] as const);
  const others = Object.entries(value).filter(([key]) => !slots.includes(key));
  const read = readRequest(Object.fromEntries(others), swap, 'a value of swap$') as Swap;
  return { ...read, ...Object.fromEntries(networks) };
}

function networkOf(slot: string, network: unknown): Denoiser {
  const { denoiser } = readRequest({ denoiser: network }, swap, `${slot} of swap$`) as Swap;
  return denoiser as Denoiser;
}

/** The parts that a swap replaces, networks of further slots together. */
export function swappedParts(swap: Swap): Partial<ReverseParts> {
  const { sampler, guidance, denoiser } = swap;
  const networks = Object.fromEntries(Object.entries(swap).filter(([slot]) => NETWORK.test(slot)));
  return guardedParts({
    ...(sampler ? { sampler } : {}),
    ...(guidance ? { guidance } : {}),
    ...(denoiser ? { denoiser } : {}),
    networks,
  });
}

/** The slots of networks that a swap replaces. */
export function swappedSlots({ denoiser, networks = {} }: Partial<ReverseParts>): readonly string[] {
  return [...(denoiser ? ['denoiser'] : []), ...Object.keys(networks)];
}

/** Weights by slot without those of some slots: weights that were given for a plugin go with it. */
export function without(parameters: ParametersBySlot, slots: readonly string[]): ParametersBySlot {
  return Object.fromEntries(Object.entries(parameters).filter(([slot]) => !slots.includes(slot)));
}
