import type { Sampler, SamplerState } from '../contracts/sampler.js';

/** Writes a sampler with the type of its state inferred from `init`. */
export function defineSampler<S extends SamplerState>(sampler: Sampler<S>): Sampler {
  return sampler;
}
