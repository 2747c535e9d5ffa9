import type { SampleRequest } from '../sample-request.js';

/** Images that were warned of: each is named once, however often it is used. */
const warned = new WeakSet<Float32Array>();

/** More than networks of images in [-1, 1] ever see, less than bytes reach. */
const BRIGHT = 16;

/** Warns, once, of images whose numbers look like bytes: runs take images in [-1, 1]. */
export function warnOfBytes({ startFrom, inpaint }: Pick<SampleRequest, 'startFrom' | 'inpaint'>): void {
  for (const [key, data] of [['startFrom.data', startFrom?.data] as const, ['inpaint.data', inpaint?.data] as const]) {
    if (data === undefined || warned.has(data) || !looksLikeBytes(data)) continue;
    warned.add(data);
    console.warn(`\`${key}\` looks like bytes 0 … 255; images are numbers in [-1, 1]: divide by 127.5 and subtract 1`);
  }
}

function looksLikeBytes(data: Float32Array): boolean {
  return data.some((value) => value > BRIGHT) && data.every((value) => value >= 0 && value <= 255);
}
