import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../contracts/parameters.js';
import type { NoiseSource } from '../contracts/noise-source.js';
import type { ParameterSpec, ParameterSpecs } from './parameter-specs.js';

/**
 * Initial weights as PyTorch draws them by default: weights and biases uniform within 1 / sqrt(fan in) (He et al. 2015
 * with a = sqrt 5), norms 1 and 0, embeddings standard normal; zeros and fixed values where the plan says so. Each tensor
 * has its own key, so that adding one to a network does not change the others.
 */
export function initialParameters(specs: ParameterSpecs, noise: NoiseSource, seed: number): ParameterSet {
  const made = Object.entries(specs).map(([name, spec]) => {
    const key = { seed, purpose: `parameters/${name}`, step: 0 };
    return [name, tf.tensor(valuesOf(spec, noise, key), [...spec.shape])] as const;
  });
  return Object.fromEntries(made);
}

function valuesOf(
  { kind, shape, fanIn, deviation = 1, values: fixed }: ParameterSpec,
  noise: NoiseSource,
  key: Parameters<NoiseSource['normal']>[0],
): Float32Array {
  const count = shape.reduce((product, side) => product * side, 1);
  if (kind === 'norm-scale') return new Float32Array(count).fill(1);
  if (kind === 'norm-shift' || kind === 'zero') return new Float32Array(count);
  if (kind === 'fixed') return fixed?.() ?? new Float32Array(count);
  if (kind === 'embedding') return Float32Array.from(noise.normal(key, count), (value) => deviation * value);
  const bound = 1 / Math.sqrt(fanIn);
  // In place: `from` with a function makes a list of all numbers first.
  const values = noise.uniform(key, count);
  for (let i = 0; i < count; i++) values[i] = bound * (2 * (values[i] ?? 0) - 1);
  return new Float32Array(values);
}
