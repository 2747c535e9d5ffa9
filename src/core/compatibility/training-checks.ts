import type { NoiseLevel } from '../contracts/noise-level.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { guardedParts } from '../assembly/guarded.js';
import { Roles } from '../assembly/roles.js';
import type { Wiring } from '../assembly/wiring.js';

/** The ends of what a timestep sampler is given. */
const ENDS = [0, 1 - 2 ** -53] as const;

/**
 * Throws `RXD_COMBINATION` where a pipeline that can train would draw pure noise, and its prediction cannot be read there:
 * training would fail at the first such example, after some updates.
 */
export function checkTraining(wiring: Wiring): void {
  const [timestepSampler, schedule] = [wiring.find(Roles.timestepSampler), wiring.find(Roles.schedule)];
  const parameterization = wiring.find(Roles.parameterization);
  if (!timestepSampler || !schedule || !parameterization || !wiring.find(Roles.dataset)) return;
  const parts = guardedParts({ timestepSampler, schedule });
  const pure = ENDS.map((u) => parts.timestepSampler.level(parts.schedule, u)).find(({ alpha }) => alpha === 0);
  if (pure === undefined) return;
  const { denoised, inputScale, time } = parameterization.at(pure);
  if ([denoised.x, denoised.output, inputScale, time].every(Number.isFinite)) return;
  throw unreadable(wiring.nameOf(Roles.parameterization), pure);
}

function unreadable(name: string | undefined, { t }: NoiseLevel): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', {
    problem: `training draws pure noise, where the prediction of parameterization/${name} cannot be read`,
    got: `level t = ${t} with alpha = 0 (zeroTerminalSnr)`,
    expected: 'finite coefficients at every level that the timestep sampler draws',
    fix: 'use v, x0 or flow, a schedule without zeroTerminalSnr, or a timestep sampler that stays below pure noise',
  });
}
