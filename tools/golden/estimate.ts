import { clipDenoised } from '../../src/core/math/clip-denoised.js';
import { float64Space } from 'rxdiffusion/testing';
import type { Denoised, NoiseLevel, Vector } from 'rxdiffusion';
import { readExact, type ExactNetwork } from './exact-network.js';
import type { SchedulerRun } from './scheduler-parts.js';

/**
 * The exact estimate at a level, read as our parameterization reads, clipped as the config says.
 *
 * @param told - the level of the time that the network is told; the same one, but for one quirk
 */
export function estimate(
  network: ExactNetwork,
  parts: SchedulerRun,
  x: Vector,
  level: NoiseLevel,
  told = level,
): Denoised {
  const read = readExact(network, parts.parameterization, x, { level, told });
  if (parts.clip === undefined) return read;
  const { keepNoise = false, ...bounds } = parts.clip;
  return clipDenoised(float64Space(2), read, x, level, { ...bounds, recomputeNoise: !keepNoise });
}
