import type { NoiseLevel } from '../contracts/noise-level.js';
import type { LinearPreconditioning } from '../contracts/parameterization.js';

/** What a plain network predicts. */
export type Prediction = 'epsilon' | 'v' | 'x0' | 'flow' | 'score';

/** How an output reads as clean sample and as noise. */
export interface PredictionReading {
  readonly denoised: LinearPreconditioning;
  readonly noise: LinearPreconditioning;
}

/**
 * The table of plain predictions on `x = alpha * x0 + sigma * noise`:
 * epsilon `noise` (Ho et al. 2020); v `alpha * noise - sigma * x0` (Salimans & Ho 2022, section 4); x0; flow
 * `noise - x0` (Lipman et al. 2023; Esser et al. 2024); score `-noise / sigma` (Song et al. 2021).
 * v and flow are written for any path: the determinant of (x, output) in (x0, noise) divides.
 */
export const PREDICTIONS: Readonly<Record<Prediction, (level: NoiseLevel) => PredictionReading>> = {
  epsilon: ({ alpha, sigma }) => ({
    denoised: { x: 1 / alpha, output: -sigma / alpha },
    noise: { x: 0, output: 1 },
  }),
  v: ({ alpha, sigma }) => {
    const square = alpha ** 2 + sigma ** 2;
    return {
      denoised: { x: alpha / square, output: -sigma / square },
      noise: { x: sigma / square, output: alpha / square },
    };
  },
  x0: ({ alpha, sigma }) => ({
    denoised: { x: 0, output: 1 },
    noise: { x: 1 / sigma, output: -alpha / sigma },
  }),
  flow: ({ alpha, sigma }) => {
    const sum = alpha + sigma;
    return {
      denoised: { x: 1 / sum, output: -sigma / sum },
      noise: { x: 1 / sum, output: alpha / sum },
    };
  },
  score: ({ alpha, sigma }) => ({
    denoised: { x: 1 / alpha, output: sigma ** 2 / alpha },
    noise: { x: 0, output: -sigma },
  }),
};
