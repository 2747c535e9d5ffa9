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

/** What an ideal network knows of numbers at a level, one after the other. */
export interface ExactReadings {
  readonly denoised: Float64Array;
  readonly noise: Float64Array;
}

/**
 * The exact posterior means of a number under a mixture of Gaussians, on any path (Karras et al. 2022, appendix B.3,
 * with alpha): responsibilities by the log-sum-exp, so that the ends of the path stay finite.
 */
export function exactReading(components: readonly Component[], x: number, level: NoiseLevel): ExactReading {
  const { denoised, noise } = exactReadings(components, Float64Array.of(x), level);
  return { denoised: denoised[0] ?? Number.NaN, noise: noise[0] ?? Number.NaN };
}

/** The same of many numbers at one level. */
export function exactReadings(
  components: readonly Component[],
  x: Float64Array,
  { alpha, sigma }: NoiseLevel,
): ExactReadings {
  const parts = components.map(({ mean, std, weight }) => {
    const variance = alpha ** 2 * std ** 2 + sigma ** 2;
    return { mean, variance, ratio: alpha * std ** 2, logWeight: Math.log(weight) - Math.log(variance) / 2 };
  });
  const logits = new Float64Array(parts.length);
  const [denoised, noise] = [new Float64Array(x.length), new Float64Array(x.length)];
  // The inner loop of every law of samplers: it allocates nothing.
  for (let i = 0; i < x.length; i++) {
    const value = x[i] ?? Number.NaN;
    let largest = -Infinity;
    for (let k = 0; k < parts.length; k++) {
      const { mean, variance, logWeight } = parts[k] as (typeof parts)[number];
      const logit = logWeight - (value - alpha * mean) ** 2 / (2 * variance);
      logits[k] = logit;
      if (logit > largest) largest = logit;
    }
    let [total, clean, noisy] = [0, 0, 0];
    for (let k = 0; k < parts.length; k++) {
      const { mean, variance, ratio } = parts[k] as (typeof parts)[number];
      const share = Math.exp((logits[k] ?? Number.NaN) - largest);
      const distance = value - alpha * mean;
      total += share;
      clean += share * (mean + (ratio * distance) / variance);
      noisy += share * ((sigma * distance) / variance);
    }
    denoised[i] = clean / total;
    noise[i] = noisy / total;
  }
  return { denoised, noise };
}
