import type { NoiseLevel } from '../contracts/noise-level.js';
import type { Parameterization, Preconditioning } from '../contracts/parameterization.js';
import { blame } from '../errors/blame.js';
import type { Sampler } from '../contracts/sampler.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { identityOf } from '../assembly/plugin-identity.js';

/** The network's reader, and the sampler that asks for readings. */
interface Readers {
  readonly parameterization: Parameterization;
  readonly sampler?: Sampler | undefined;
}

/** Largest sigma / alpha but infinity: samplers and guidance square what they divide by alpha, and float32 ends at 3e38. */
const LARGEST = 1e15;

/** Throws `RXD_COMBINATION` if the network's output cannot be read at a level that the run visits. */
export function checkReadable(levels: readonly NoiseLevel[], { parameterization, sampler }: Readers): void {
  const count = levels.length - 1;
  levels.slice(0, -1).forEach((from, index) => {
    if (from.alpha > 0 && from.sigma / from.alpha > LARGEST) throw tooNoisy(from);
    const { noise } = readingAt(from, parameterization);
    if ([noise.x, noise.output].every(Number.isFinite)) return;
    const position = { index, count, from, to: levels[index + 1] as NoiseLevel };
    if ((sampler?.calls?.(position) ?? 1) > 0)
      throw blame(unreadable(from), identityOf(parameterization, 'parameterization'));
  });
}

/** How the network is called and read at a level. Throws `RXD_COMBINATION` where it cannot be read there. */
export function readingAt(level: NoiseLevel, parameterization: Parameterization, step?: number): Preconditioning {
  try {
    const reading = parameterization.at(level);
    const { denoised, inputScale, time } = reading;
    if ([denoised.x, denoised.output, inputScale, time].every(Number.isFinite)) return reading;
    throw unreadable(level);
  } catch (error) {
    throw blame(error, identityOf(parameterization, 'parameterization'), step);
  }
}

function unreadable(level: NoiseLevel): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: 'the prediction cannot be read at a level of this grid',
    got: `level t = ${level.t}, alpha = ${level.alpha}, sigma = ${level.sigma}`,
    expected:
      'finite coefficients (epsilon and score have none where alpha is 0, x0 has none of the noise where sigma is 0)',
    fix: 'use v, x0 or flow with a schedule that starts from pure noise, or a grid that starts below it',
  });
}

function tooNoisy(level: NoiseLevel): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: 'a level of the grid has so much noise that float32 cannot compute with it',
    got: `level t = ${level.t}, sigma / alpha = ${level.sigma / level.alpha}`,
    expected: `at most ${LARGEST}, or pure noise (alpha = 0)`,
    fix: 'let the schedule end in less noise (fewer or smaller betas), or in pure noise (zeroTerminalSnr)',
  });
}
