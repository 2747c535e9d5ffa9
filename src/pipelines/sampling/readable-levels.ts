import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { Parameterization } from '../../core/contracts/parameterization.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { identityOf } from '../../core/plugins/plugin-identity.js';

/** Throws `RXD_COMBINATION` if the network's output cannot be read at a level that the run visits. */
export function checkReadable(levels: readonly NoiseLevel[], parameterization: Parameterization): void {
  const unreadable = levels.slice(0, -1).find((level) => {
    const { denoised, inputScale, time } = parameterization.at(level);
    return ![denoised.x, denoised.output, inputScale, time].every(Number.isFinite);
  });
  if (unreadable === undefined) return;
  throw new DiffusionError('RXD_COMBINATION', {
    problem: 'the prediction cannot be read at a level of this grid',
    got: `level t = ${unreadable.t}, alpha = ${unreadable.alpha}, sigma = ${unreadable.sigma}`,
    expected: 'finite coefficients (epsilon and score have none where alpha is 0)',
    fix: 'use v, x0 or flow with a schedule that starts from pure noise, or a grid that starts below it',
    plugin: identityOf(parameterization, 'parameterization'),
  });
}
