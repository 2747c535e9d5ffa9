import type { NoiseLevel } from '../../core/contracts/noise-level.js';

/** How a stochastic step shares the noise of the next level between what it keeps and what it draws anew. */
export interface AncestralNoise {
  /** Weight of the estimated noise. */
  readonly kept: number;
  /** Standard deviation of the fresh noise; `kept² + fresh² = to.sigma²`. */
  readonly fresh: number;
}

/**
 * Share of fresh noise, from 0 (`eta` 0) to that of the exact posterior (`eta` 1): Song et al. 2021 (DDIM), equation 16,
 * written for any path: `fresh = eta * sigma' * sqrt(1 - (alpha sigma' / (alpha' sigma))²)`.
 */
export function ancestralNoise(from: NoiseLevel, to: NoiseLevel, eta: number): AncestralNoise {
  const ratio = (from.alpha * to.sigma) / (to.alpha * from.sigma);
  const fresh = Math.min(to.sigma, eta * to.sigma * Math.sqrt(Math.max(0, 1 - ratio ** 2)));
  return { kept: Math.sqrt(to.sigma ** 2 - fresh ** 2), fresh };
}
