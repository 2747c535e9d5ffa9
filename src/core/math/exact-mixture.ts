import type { NoiseLevel } from '../contracts/noise-level.js';

/** One Gaussian of a mixture in one dimension. */
export interface Component {
  readonly mean: number;
  readonly std: number;
  readonly weight: number;
}

/** What an ideal network knows of `x` at a level. */
export interface ExactReading {
  /** E[x0 | x]. */
  readonly denoised: number;
  /** E[noise | x]. */
  readonly noise: number;
}

/** Three Gaussians, one of them narrow: what the order laws and the golden trajectories run on. */
export const THREE_GAUSSIANS: readonly Component[] = [
  { mean: -1.2, std: 0.35, weight: 0.3 },
  { mean: 0.3, std: 0.25, weight: 0.45 },
  { mean: 1.5, std: 0.45, weight: 0.25 },
];

/**
 * The exact posterior means of a number under a mixture of Gaussians, on any path (Karras et al. 2022, appendix B.3,
 * with alpha): responsibilities by the log-sum-exp, so that the ends of the path stay finite.
 */
export function exactReading(components: readonly Component[], x: number, { alpha, sigma }: NoiseLevel): ExactReading {
  const parts = components.map(({ mean, std, weight }) => {
    const variance = alpha ** 2 * std ** 2 + sigma ** 2;
    const distance = x - alpha * mean;
    const logit = Math.log(weight) - Math.log(variance) / 2 - distance ** 2 / (2 * variance);
    return { logit, denoised: mean + (alpha * std ** 2 * distance) / variance, noise: (sigma * distance) / variance };
  });
  const largest = Math.max(...parts.map(({ logit }) => logit));
  const shares = parts.map(({ logit }) => Math.exp(logit - largest));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const mean = (of: 'denoised' | 'noise'): number =>
    parts.reduce((sum, part, k) => sum + ((shares[k] ?? 0) / total) * part[of], 0);
  return { denoised: mean('denoised'), noise: mean('noise') };
}
