import { DiffusionError } from '../../core/errors/diffusion-error.js';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { Preconditioning } from '../../core/contracts/parameterization.js';

/** What a perfect network would put out, as a combination of the clean sample and the noise. */
export interface OutputTarget {
  readonly x0: number;
  readonly noise: number;
}

/**
 * The output that reads back as exactly this clean sample and this noise.
 *
 * A reading is the linear map `denoised = a x + b o`, `noise = c x + d o`. Its inverse gives, without dividing small
 * differences, `o = (a noise - c x0) / (a d - b c)`. At an end of the path one row is infinite (epsilon at alpha = 0,
 * x0 at sigma = 0); the other row alone then tells the output.
 *
 * @throws DiffusionError `RXD_PLUGIN_OUTPUT` where the output plays no part in the reading (b = d = 0), for example the
 * edm parameterization at sigma = 0
 */
export function outputTarget(level: NoiseLevel, { denoised, noise }: Preconditioning): OutputTarget {
  const { alpha, sigma } = level;
  const determinant = denoised.x * noise.output - denoised.output * noise.x;
  const candidates: readonly OutputTarget[] = [
    { x0: -noise.x / determinant, noise: denoised.x / determinant },
    { x0: (-noise.x * alpha) / noise.output, noise: (1 - noise.x * sigma) / noise.output },
    { x0: (1 - denoised.x * alpha) / denoised.output, noise: (-denoised.x * sigma) / denoised.output },
  ];
  const target = candidates.find(({ x0, noise: unit }) => Number.isFinite(x0) && Number.isFinite(unit));
  if (target !== undefined) return target;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    plugin: 'objective/denoising-score-matching',
    problem: "the network's output plays no part in the parameterization's reading at this noise level",
    got: `alpha ${alpha}, sigma ${sigma}`,
    expected: 'a level at which the output decides the clean sample or the noise',
    fix: 'let the timestep sampler draw levels with sigma > 0',
  });
}
