import type { Observable } from 'rxjs';
import { z } from 'zod';
import { readGiven } from '../../errors/given.js';
import { listOf, MOST, seedNumber, whole } from '../../assembly/config-numbers.js';
import { isObject, readRequest } from '../../requests/read-request.js';
import {
  finiteFloats,
  furtherConditions,
  liveParameters,
  observable,
  slotWeights,
} from '../../requests/request-values.js';
import { clipSetting, inpaintingSetting, tilingSetting } from '../../requests/settings.js';
import { invalid, type SampleRequest, type Swap } from '../sample-request.js';

const share = z.number().gt(0, '`strength` is out of range: expected a number in (0, 1]').max(1);
const { steps, count, seed } = { steps: whole(MOST.steps), count: whole(MOST.batch), seed: seedNumber() };

/** What a request to sample may say; each key is checked by itself. */
const fields = {
  steps,
  count,
  seed,
  height: whole(MOST.side),
  width: whole(MOST.side),
  tiling: tilingSetting,
  run: z.string(),
  seeds: listOf(seedNumber(), MOST.batch),
  condition: z.unknown(),
  negative: z.unknown(),
  conditions: furtherConditions,
  conditionsFrom: listOf(
    z
      .strictObject({ from: z.number().min(0).lt(1), condition: z.unknown(), negative: z.unknown() })
      .partial({ condition: true, negative: true }),
    MOST.steps,
  ).refine(isRising, 'expected entries in rising order of `from`'),
  clip: clipSetting,
  startFrom: z.strictObject({ data: finiteFloats, strength: share }),
  inpaint: z.strictObject({ data: finiteFloats, mask: finiteFloats }),
  inpainting: inpaintingSetting,
  parameters: slotWeights,
  live: liveParameters,
  swap$: observable as z.ZodType<Observable<Swap>>,
} satisfies { readonly [K in keyof Required<SampleRequest>]: z.ZodType };

const request = z.strictObject(fields).partial();

/** What does not cross to a device: parts and weights stay where they are. */
const STAY = { parameters: true, swap$: true } as const;
const every = whole(MOST.steps);
const plain = z.unknown().refine(isCloneable, 'expected plain data, which can be copied to another thread');
const deviceRequest = request.omit(STAY).extend({
  condition: plain.optional(),
  negative: plain.optional(),
  conditions: furtherConditions.and(plain).optional(),
  conditionsFrom: fields.conditionsFrom.refine(isCloneable, 'expected plain data').optional(),
  preview: z.strictObject({ every, of: z.enum(['denoised', 'x']).optional() }).optional(),
});

/** A request to sample, checked key by key. Throws `RXD_REQUEST_INVALID` naming the key at fault. */
export function readSampleRequest(ask: unknown): Partial<SampleRequest> {
  // What is undefined was left out.
  const read = readRequest(ask, request, 'the request to sample') as Partial<SampleRequest>;
  if (read.count !== undefined && read.seeds !== undefined && read.count !== read.seeds.length)
    throw invalid(
      '`count` and `seeds` disagree',
      `count ${read.count} and ${read.seeds.length} seeds`,
      'one seed for each sample',
      'leave `count` out: there are as many samples as seeds',
    );
  return read;
}

/** Throws `RXD_REQUEST_INVALID` for a request to a device that cannot be, before it crosses. */
export function checkDeviceRequest(ask: unknown): void {
  readGiven('the request to a device cannot be read', () => refuseParts(ask));
  readRequest(ask, deviceRequest, 'the request to a device');
}

function refuseParts(ask: unknown): void {
  const part = isObject(ask) ? Object.keys(STAY).find((key) => ask[key] !== undefined) : undefined;
  if (part === undefined) return;
  throw invalid(
    `\`${part}\` cannot cross to a device`,
    part,
    'plain data and live values',
    'name other parts in the recipe of the devices, and give them weights when you make them',
  );
}

function isRising(entries: readonly { readonly from: number }[]): boolean {
  return entries.every(({ from }, i) => i === 0 || from > (entries[i - 1]?.from ?? 0));
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
