import type { PerSample, VectorSpace } from '../../core/contracts/vector.js';

/** The exponential or the root of a number a sample, by that of a vector of the shape of `x` that holds it everywhere. */
export function functionOfEach(
  space: VectorSpace & { readonly x: Parameters<VectorSpace['exp']>[0] },
  name: 'exp' | 'sqrt',
  value: PerSample,
): PerSample {
  const { combine, dot, exp, perSample, x } = space;
  const ones = exp(combine([0, x]));
  return perSample('divide', dot(space[name](combine([value, ones])), ones), dot(ones, ones));
}
