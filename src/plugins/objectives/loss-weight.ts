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
 * Weight of the mean squared error of the raw output. With `b` and `d` the output's coefficients in `denoised` and
 * `noise` (`alpha b + sigma d = 0`), an x0-error weighted by the signal-to-noise ratio is `d²`: no quotient is formed
 * that an end of the path would make infinite.
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
