import type { NoiseLevel } from '../contracts/noise-level.js';
import type { NoisePath } from '../contracts/noise-schedule.js';

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

/** The sub-VP point (`alpha² + sigma = 1`; Song et al. 2021, section 3.4): alpha = 2 / (s + sqrt(s² + 4)), s = exp(-lambda). */
export function subVpLevel(t: number, lambda: number): NoiseLevel {
  const [noiseToSignal, signalToNoise] = [Math.exp(-lambda), Math.exp(lambda)];
  return {
    t,
    alpha: 2 / (noiseToSignal + Math.sqrt(noiseToSignal ** 2 + 4)),
    sigma: 2 / (1 + Math.sqrt(1 + 4 * signalToNoise ** 2)),
    lambda,
  };
}

const ON_PATH: Readonly<Record<NoisePath, (t: number, lambda: number) => NoiseLevel>> = {
  vp: vpLevel,
  ve: veLevel,
  flow: flowLevel,
  'sub-vp': subVpLevel,
};

/** The point of a path with this half log-SNR. */
export function levelOnPath(path: NoisePath, t: number, lambda: number): NoiseLevel {
  return ON_PATH[path](t, lambda);
}

const ALPHA_OF: Readonly<Record<NoisePath, (sigma: number) => number>> = {
  vp: (sigma) => Math.sqrt(1 - sigma ** 2),
  ve: () => 1,
  flow: (sigma) => 1 - sigma,
  'sub-vp': (sigma) => Math.sqrt(1 - sigma),
};

/** The half log-SNR of the point of a path with this `sigma`. */
export function lambdaOfSigma(path: NoisePath, sigma: number): number {
  return level(0, ALPHA_OF[path](sigma), sigma).lambda;
}
