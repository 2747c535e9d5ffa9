import type { Use } from '../../src/core/assembly/recipe.js';

/** Parts of a pipeline, each with some config, and what there is beside them. */
export interface Combination {
  readonly schedule: Use;
  readonly grid: Use;
  readonly parameterization: Use;
  readonly sampler: Use;
  readonly guidance: Use;
  /** Classes that the network knows; 0 where it knows none. */
  readonly classes: number;
  /** Whether the network learned its variance. */
  readonly variance: boolean;
  readonly hasWeak: boolean;
  readonly hasClassifier: boolean;
  readonly steps: number;
}

/**
 * Combinations that once gave NaN, or failed after the first network call: found by longer searches than a test can
 * afford, each for a reason of its own.
 */
export const FOUND: readonly Combination[] = [
  // Two last levels that should be one differ by a rounding error.
  {
    schedule: { name: 'vp-sde', config: { betaMax: 40 / 3, tMin: 1 / 1200 } },
    grid: { name: 'kl-optimal', config: { coordinate: 'sigma/alpha', ends: 'leading', final: 'append-sigma-min' } },
    parameterization: { name: 'score', config: { time: 'alpha', timeScale: 4 / 3, negated: true } },
    sampler: { name: 'predictor-corrector', config: { predictor: 've', corrections: 1, snr: 0.075 } },
    guidance: { name: 'cfg-zero-star', config: { scale: 7 / 3, zeroSteps: 1 } },
    ...{ classes: 3, variance: true, hasWeak: false, hasClassifier: false, steps: 4 },
  },
  {
    schedule: { name: 'custom-betas', config: { betas: [0.05, 0.1, 0.2, 0.3, 0.4, 0.5], finalAlpha: 'first' } },
    grid: { name: 'karras', config: { rho: 35 / 3, coordinate: 'sigma', ends: 'schedule', rounding: 'down' } },
    parameterization: { name: 'v', config: { time: 't', negated: false } },
    sampler: { name: 'predictor-corrector', config: { predictor: 'vp', corrections: 1, finalNoise: true } },
    guidance: { name: 'classifier', config: { scale: 0.5 } },
    ...{ classes: 3, variance: false, hasWeak: false, hasClassifier: true, steps: 5 },
  },
  // The guidance wants its unconditional side inside a step only.
  {
    schedule: { name: 'custom-betas', config: { betas: [0.05, 0.1, 0.2, 0.3, 0.4, 0.5], zeroTerminalSnr: true } },
    grid: { name: 'vp', config: { betaSlope: 29.85, betaMin: 1 / 12, rounding: 'down', final: 'zero' } },
    parameterization: { name: 'v', config: { time: 'sigma', timeScale: 5 / 3, negated: true } },
    sampler: { name: 'dpmpp-sde', config: { eta: 0.5, r: 5 / 12 } },
    guidance: { name: 'interval', config: { scale: 10 / 3, above: 0.3 } },
    ...{ classes: 0, variance: true, hasWeak: false, hasClassifier: false, steps: 3 },
  },
  // Training steps are counted where there are none.
  {
    schedule: { name: 'flow', config: { tMax: 1, dynamicShift: { mu: 1.15 } } },
    grid: { name: 'polyexponential', config: { rho: 0.5, sigmaMin: 0.3, sigmaMax: 0.9, ends: 'schedule' } },
    parameterization: { name: 'consistency', config: { sigmaData: 7 / 12, timeScale: 5000 / 3 } },
    sampler: { name: 'pndm', config: { rungeKutta: false, spacing: 'even', previousTime: 1 } },
    guidance: { name: 'none', config: {} },
    ...{ classes: 3, variance: true, hasWeak: false, hasClassifier: false, steps: 5 },
  },
  // A time is asked for where the schedule has no signal.
  {
    schedule: { name: 'laplace', config: { width: 0.25, trainSteps: 833, finalAlpha: 'first', zeroTerminalSnr: true } },
    grid: { name: 'beta', config: { over: 'sigma', alpha: 0.4, beta: 0.9, sigmaMin: 0.3, sigmaMax: 80 } },
    parameterization: { name: 'edm', config: { sigmaData: 0.75, time: 'log-sigma', negated: true } },
    sampler: { name: 'pndm', config: { rungeKutta: false, mix: 'v', previousTime: 1 } },
    guidance: { name: 'apg', config: { scale: 4 / 3, parallel: 0, momentum: -0.25, threshold: 0.5 } },
    ...{ classes: 3, variance: false, hasWeak: true, hasClassifier: true, steps: 3 },
  },
  // Mathematics of one path on another.
  {
    schedule: { name: 've-sde', config: { sigmaMin: 1 / 150, sigmaMax: 674 } },
    grid: { name: 'beta', config: { over: 'sigma', beta: 0.7, sigmaMin: 0.3, ends: 'schedule', final: 'repeat' } },
    parameterization: { name: 'x0', config: { time: 't', timeScale: 5 / 6 } },
    sampler: { name: 'pndm', config: { rungeKutta: true, spacing: 'uneven', mix: 'v' } },
    guidance: { name: 'cfg-zero-star', config: { scale: 4 / 3 } },
    ...{ classes: 3, variance: true, hasWeak: false, hasClassifier: true, steps: 5 },
  },
  {
    schedule: { name: 've-sde', config: { sigmaMin: 0.01, sigmaMax: 1348 } },
    grid: { name: 'vp', config: { betaSlope: 199 / 6, betaMin: 0.1, final: 'append-sigma-min' } },
    parameterization: { name: 'score', config: { time: 'log-sigma', timeScale: 0.5 } },
    sampler: { name: 'flow-heun', config: { lateChurn: { sChurn: 1, sMin: 0.1, sMax: 10 } } },
    guidance: { name: 'cfg-rescale', config: { scale: 7 / 3, phi: 0.7, of: 'v' } },
    ...{ classes: 3, variance: false, hasWeak: false, hasClassifier: true, steps: 6 },
  },
  {
    schedule: { name: 'edm', config: { sigmaMin: 1 / 300, sigmaMax: 40 } },
    grid: { name: 'linspace', config: { rounding: true, interpolation: 'lambda' } },
    parameterization: { name: 'consistency', config: { sigmaMin: 1 / 300, timeScale: 2500 / 3 } },
    sampler: { name: 'predictor-corrector', config: { predictor: 'vp', corrections: 2, snr: 1.5 } },
    guidance: { name: 'cfg-rescale', config: { scale: 0, phi: 0.7, of: 'v' } },
    ...{ classes: 3, variance: false, hasWeak: false, hasClassifier: true, steps: 2 },
  },
  // A curve so steep that its table is flat at an end.
  {
    schedule: { name: 'sigmoid-alpha', config: { start: -9, end: 9, temperature: 1 / 6, finalAlpha: 'first' } },
    grid: { name: 'trailing', config: {} },
    parameterization: { name: 'flow', config: {} },
    sampler: { name: 'ddim', config: {} },
    guidance: { name: 'none', config: {} },
    ...{ classes: 3, variance: false, hasWeak: false, hasClassifier: true, steps: 1 },
  },
  // More noise than float32 can compute with.
  {
    schedule: {
      name: 'linear',
      config: { trainSteps: 10_000, betaStart: 0.00012, betaEnd: 0.027, finalAlpha: 'first' },
    },
    grid: { name: 'simple', config: { final: 'repeat' } },
    parameterization: { name: 'edm', config: { time: 'log-sigma' } },
    sampler: { name: 'flow-euler-ancestral', config: { eta: 1 } },
    guidance: { name: 'interval', config: { scale: 5 / 3, upTo: null } },
    ...{ classes: 3, variance: true, hasWeak: true, hasClassifier: true, steps: 6 },
  },
  {
    schedule: { name: 'sub-vp-sde', config: { betaMin: 2 / 15, betaMax: 200, tMin: 1 / 600 } },
    grid: { name: 'polyexponential', config: { sigmaMin: 0.02, coordinate: 'sigma', ends: 'trailing' } },
    parameterization: { name: 'epsilon', config: { time: 't', timeScale: 5 / 3, negated: true } },
    sampler: { name: 'dpmpp-3m', config: { solver: 'heun', start: 'first-order' } },
    guidance: { name: 'none', config: {} },
    ...{ classes: 0, variance: true, hasWeak: false, hasClassifier: true, steps: 3 },
  },
  // The clean level, where a guidance shifts the estimate and there is no noise to follow.
  {
    schedule: { name: 'custom-alphas-cumprod', config: { alphasCumprod: [0.99, 0.9, 0.6, 0.3, 0.1, 0.01] } },
    grid: { name: 'flip', config: { repeatEnd: false } },
    parameterization: { name: 'flow', config: { time: 't', timeScale: 5 / 6, negated: true } },
    sampler: { name: 'ddim-inverse', config: { nextTime: true, previousTime: 10 } },
    guidance: { name: 'classifier', config: { scale: 2 / 3 } },
    ...{ classes: 3, variance: false, hasWeak: true, hasClassifier: true, steps: 6 },
  },
  {
    schedule: { name: 'linear', config: {} },
    grid: { name: 'flip', config: { repeatEnd: false } },
    parameterization: { name: 'x0', config: {} },
    sampler: { name: 'ddim-inverse', config: { nextTime: true } },
    guidance: { name: 'none', config: {} },
    ...{ classes: 3, variance: false, hasWeak: false, hasClassifier: false, steps: 6 },
  },
];
