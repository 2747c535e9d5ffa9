import { z } from 'zod';
import type { ParametersBySlot } from '../../contracts/denoiser.js';
import { readGiven } from '../../errors/given.js';
import { guardedParts } from '../../assembly/guarded.js';
import { splitSlotKey } from '../../assembly/slot.js';
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
  adapter: partWith<Swap['adapter']>('adapter', 'apply').refine(
    (adapter) => isObject(adapter) && isObject(adapter['changes']) && isObject(adapter['parameters']),
    'expected an adapter, with `changes` and `parameters`',
  ),
  parameters: slotWeights,
} satisfies Readonly<Record<string, z.ZodType>>;

const swap = z.strictObject(fields).partial();
/** Slots under a label. */
const LABELLED = /^(denoiser|adapter):[^\s:]+$/;

/** A value of `swap$`. Throws `RXD_REQUEST_INVALID` for keys and parts that cannot be. */
export function readSwap(value: unknown): Swap {
  return readGiven('a value of swap$ cannot be read', () => readParts(value));
}

function readParts(value: unknown): Swap {
  const slots = isObject(value) ? Object.keys(value).filter((key) => LABELLED.test(key)) : [];
  if (!isObject(value) || slots.length === 0) return readRequest(value, swap, 'a value of swap$') as Swap;
  const parts = slots.map((slot) => [slot, partOf(slot, value[slot])] as const);
  const others = Object.entries(value).filter(([key]) => !slots.includes(key));
  const read = readRequest(Object.fromEntries(others), swap, 'a value of swap$') as Swap;
  return { ...read, ...Object.fromEntries(parts) };
}

/** The part of a labelled slot, read as that of its role. */
function partOf(slot: string, part: unknown): unknown {
  const { role } = splitSlotKey(slot);
  const read: Readonly<Record<string, unknown>> = readRequest({ [role]: part }, swap, `${slot} of swap$`);
  return read[role];
}

/** The parts that a swap replaces: networks of further slots, and adapters, by slot. */
export function swappedParts(swap: Swap): Partial<ReverseParts> {
  const { sampler, guidance, denoiser } = swap;
  const ofRole = (role: string) => Object.entries(swap).filter(([slot]) => splitSlotKey(slot).role === role);
  return guardedParts({
    ...(sampler ? { sampler } : {}),
    ...(guidance ? { guidance } : {}),
    ...(denoiser ? { denoiser } : {}),
    networks: Object.fromEntries(ofRole('denoiser').filter(([slot]) => slot !== 'denoiser')),
    adapters: Object.fromEntries(ofRole('adapter')),
  });
}

/** The parts of a run after a swap. */
export function afterSwap(parts: ReverseParts, swapped: Partial<ReverseParts>): ReverseParts {
  const networks = { ...parts.networks, ...swapped.networks };
  return { ...parts, ...swapped, networks, adapters: { ...parts.adapters, ...swapped.adapters } };
}

/** The slots of parts with weights that a swap replaces. */
export function swappedSlots({ denoiser, networks = {}, adapters = {} }: Partial<ReverseParts>): readonly string[] {
  return [...(denoiser ? ['denoiser'] : []), ...Object.keys(networks), ...Object.keys(adapters)];
}

/** Weights by slot without those of some slots: weights that were given for a plugin go with it. */
export function without(parameters: ParametersBySlot, slots: readonly string[]): ParametersBySlot {
  return Object.fromEntries(Object.entries(parameters).filter(([slot]) => !slots.includes(slot)));
}
