import type { NoiseLevel } from '../contracts/noise-level.js';

/** A level from its signal and noise scales. */
export function level(t: number, alpha: number, sigma: number): NoiseLevel {
  return { t, alpha, sigma, lambda: sigma === 0 ? Infinity : alpha === 0 ? -Infinity : Math.log(alpha / sigma) };
}

/** The variance-preserving point (`alpha² + sigma² = 1`) with this half log-SNR: alpha² = sigmoid(2 lambda). */
export function vpLevel(t: number, lambda: number): NoiseLevel {
  return {
    t,
    alpha: Math.sqrt(1 / (1 + Math.exp(-2 * lambda))),
    sigma: Math.sqrt(1 / (1 + Math.exp(2 * lambda))),
    lambda,
  };
}

/** The variance-exploding point (`alpha = 1`): sigma = exp(-lambda). */
export function veLevel(t: number, lambda: number): NoiseLevel {
  return { t, alpha: 1, sigma: Math.exp(-lambda), lambda };
}

/** The flow-matching point (`alpha + sigma = 1`): sigma = 1 / (1 + exp(lambda)). */
export function flowLevel(t: number, lambda: number): NoiseLevel {
  return { t, alpha: 1 / (1 + Math.exp(-lambda)), sigma: 1 / (1 + Math.exp(lambda)), lambda };
}
