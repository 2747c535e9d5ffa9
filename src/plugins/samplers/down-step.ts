import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import { level } from '../../core/math/levels.js';
import { ancestralNoise } from './ancestral-noise.js';

/** Where the deterministic part of an ancestral step ends. */
export interface DownStep {
  /** The next level's alpha, with less noise than it has. */
  readonly down: NoiseLevel;
  /** Standard deviation of the fresh noise that leads from there to the next level. */
  readonly fresh: number;
}

/** `ancestralNoise` as a level; no cleaner than lambda `floor`, where the run ends. */
export function downStep(
  from: NoiseLevel,
  to: NoiseLevel,
  { eta, floor = Infinity }: { readonly eta: number; readonly floor?: number },
): DownStep {
  if (eta === 0 || to.sigma === 0) return { down: to, fresh: 0 };
  const { kept } = ancestralNoise(from, to, eta);
  const sigma = Math.max(kept, to.alpha * Math.exp(-floor));
  return { down: level(to.t, to.alpha, sigma), fresh: Math.sqrt(Math.max(0, to.sigma ** 2 - sigma ** 2)) };
}
