import type { SampleSizes } from '../contracts/denoiser.js';

/** Whether a height or a width is one of these. */
export function takesSize(side: number, { multipleOf, least = multipleOf, most = Infinity }: SampleSizes): boolean {
  return side % multipleOf === 0 && side >= least && side <= most;
}
