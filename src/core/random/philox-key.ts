import type { NoiseKey } from '../contracts/noise-source.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { fnv1a64 } from './fnv.js';

/** What the numbers are made into. Draws of two kinds with one key are independent. */
export type DrawKind = 'normal' | 'uniform' | 'seed';

/** A key as Philox takes it; counter word 0 is left to number the blocks of the draw. */
export interface PhiloxKey {
  readonly key0: number;
  readonly key1: number;
  readonly counter1: number;
  readonly counter2: number;
  readonly counter3: number;
}

/**
 * How a noise key becomes Philox words (it is part of the format: changing it changes every picture):
 *
 * - the key is the seed, any safe integer, as a 64-bit two's complement number: `key0` low word, `key1` high word;
 * - counter word 0 is the block, so element `i` needs only its own block;
 * - counter word 1 is the low word of the step;
 * - counter words 2 and 3 are FNV-1a (64 bits) of `kind:purpose`, or of `kind:high:purpose` where the step has a
 *   `high` word other than 0.
 *
 * So different seeds and different steps below 2^32 can never collide; different purposes collide with odds of 2^-64.
 *
 * @throws DiffusionError `RXD_REQUEST_INVALID` where seed or step is no safe integer
 */
export function philoxKey({ seed, purpose, step }: NoiseKey, kind: DrawKind): PhiloxKey {
  checkInteger(seed, 'seed');
  checkInteger(step, 'step');
  const stepHigh = Math.floor(step / 2 ** 32);
  const hash = fnv1a64(stepHigh === 0 ? `${kind}:${purpose}` : `${kind}:${stepHigh}:${purpose}`);
  return {
    key0: seed | 0,
    key1: Math.floor(seed / 2 ** 32) | 0,
    counter1: step | 0,
    counter2: hash.low | 0,
    counter3: hash.high | 0,
  };
}

function checkInteger(value: number, name: string): void {
  if (Number.isSafeInteger(value)) return;
  throw new DiffusionError('RXD_REQUEST_INVALID', {
    problem: `the ${name} of a random draw is not a safe integer`,
    got: String(value),
    expected: 'an integer from -(2^53 - 1) to 2^53 - 1',
    fix: `give an integer ${name}`,
  });
}
