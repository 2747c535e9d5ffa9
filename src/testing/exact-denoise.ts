import type { NoiseLevel } from '../core/contracts/noise-level.js';
import type { Denoised } from '../core/contracts/sampler.js';
import type { Vector } from '../core/contracts/vector.js';
import { exactReadings, THREE_GAUSSIANS, type Component } from '../core/math/exact-mixture.js';
import { float64Of, fromFloat64 } from '../core/tensors/float64-space.js';

/** What an ideal network says of data that is a mixture of three Gaussians, number by number, in double precision. */
export function exactDenoise(x: Vector, level: NoiseLevel): Denoised {
  return exactDenoiseOf(THREE_GAUSSIANS)(x, level);
}

/** What an ideal network says of data that is a mixture of Gaussians. */
export function exactDenoiseOf(data: readonly Component[]): (x: Vector, level: NoiseLevel) => Denoised {
  return (x, level) => {
    const { denoised, noise } = exactReadings(data, float64Of(x), level);
    return { denoised: fromFloat64(denoised), noise: fromFloat64(noise) };
  };
}
