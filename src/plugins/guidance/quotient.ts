import type { PerSample, VectorSpace } from '../../core/contracts/vector.js';

/** `a / b` of each sample, for b that cannot be negative; 0 stays finite where both are, and large where only b is. */
export function quotient({ perSample }: VectorSpace, a: PerSample | number, b: PerSample): PerSample {
  return perSample('divide', a, perSample('maximum', b, TINY));
}

/** The least divisor; single precision has it too. */
const TINY = 1e-30;
