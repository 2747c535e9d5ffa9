import { DiffusionError } from '../../core/errors/diffusion-error.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { Preconditioning } from '../../core/contracts/parameterization.js';

/** The quantity whose squared error counts, all of them linear in the network's output. */
type ErrorTarget = 'noise' | 'v' | 'x0' | 'flow';

/** How errors of different noise levels count against each other. */
type Weighting = 'uniform' | 'snr' | 'min-snr' | 'edm';

/** What a weight depends on beside the level. */
export interface WeightOptions {
  readonly target: ErrorTarget;
  readonly weighting: Weighting;
  /** Bound of the signal-to-noise ratio in `min-snr`. */
  readonly gamma: number;
  /** Standard deviation of the data in `edm`. */
  readonly sigmaData: number;
}

/** By how much each target moves when the output moves by 1. */
const TARGET_SLOPE: Readonly<Record<ErrorTarget, (level: NoiseLevel, reading: Preconditioning) => number>> = {
  x0: (_, { denoised }) => denoised.output,
  noise: (_, { noise }) => noise.output,
  v: ({ alpha, sigma }, { denoised, noise }) => alpha * noise.output - sigma * denoised.output,
  flow: (_, { denoised, noise }) => noise.output - denoised.output,
};

/**
 * Weight of the mean squared error of the raw output, with `b` and `d` the output's coefficients in `denoised` and `noise`.
 *
 * - A target: `b²` for x0; `d² = (alpha/sigma)² b²` for noise; `(alpha d - sigma b)² = ((alpha² + sigma²)/sigma)² b²` for
 *   v = alpha noise - sigma x0 (Salimans & Ho 2022), on any path; `(d - b)²` for flow (Lipman et al. 2023). A network that
 *   predicts its own target has weight 1.
 * - A named weighting replaces the target: its paper states it for the error of x0, whatever the network predicts. `snr` is
 *   `(alpha/sigma)² b²`; `min-snr` is `min((alpha/sigma)², gamma) b²` (Hang et al. 2023, section 3.4); `edm` is
 *   `(s² + sigmaData²)/(s sigmaData)² b²` with `s = sigma/alpha` (Karras et al. 2022, table 1): 1 with the edm preconditioning.
 *
 * Since `alpha b + sigma d = 0`, an x0-error weighted by the signal-to-noise ratio is `d²`: no quotient is formed that is
 * infinite at an end of the path.
 *
 * @throws DiffusionError `RXD_PLUGIN_OUTPUT` where the weight is infinite at this level
 */
export function lossWeight(level: NoiseLevel, reading: Preconditioning, options: WeightOptions): number {
  const [clean, unit] = [reading.denoised.output ** 2, reading.noise.output ** 2];
  const weights: Readonly<Record<Weighting, () => number>> = {
    uniform: () => TARGET_SLOPE[options.target](level, reading) ** 2,
    snr: () => unit,
    'min-snr': () => Math.min(unit, options.gamma * clean),
    edm: () => clean / options.sigmaData ** 2 + unit,
  };
  const weight = weights[options.weighting]();
  if (Number.isFinite(weight)) return weight;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    plugin: 'objective/denoising-score-matching',
    problem: `the weight of target ${options.target} with weighting ${options.weighting} is not finite at this level`,
    got: `alpha ${level.alpha}, sigma ${level.sigma}: weight ${weight}`,
    expected: 'a finite weight',
    fix: 'choose the target that the network predicts, weighting min-snr, or a timestep sampler that stays off this end',
  });
}
