import type { Guidance, GuidanceContext } from '../contracts/guidance.js';
import type { NoiseLevel } from '../contracts/noise-level.js';
import type { Denoised } from '../contracts/sampler.js';
import type { Vector } from '../contracts/vector.js';
import { vpLevel } from '../math/levels.js';
import { normals } from '../random/draws.js';
import { float64Of, float64Space, fromFloat64 } from '../tensors/float64-space.js';
import { lawsOf } from './broken-law.js';

const holds = lawsOf('guidances');
const WIDTH = 6;

/**
 * Checks the laws of the guidance contract in double precision: `combine` is pure and changes nothing that it is given,
 * needs only the sides that `branches` asked for, keeps `x = alpha * denoised + sigma * noise`, and gives the
 * conditional reading back where both sides say the same.
 *
 * @throws Error that says which law is broken.
 */
export function guidanceLaws(guidance: Guidance): void {
  for (const level of [vpLevel(900, -2), vpLevel(500, 0), vpLevel(100, 2)]) {
    const x = draw('x', level.t);
    const conditional = reading(x, draw('conditional', level.t), level);
    const unconditional = reading(x, draw('unconditional', level.t), level);
    const result = combined(guidance, { x, level, conditional, unconditional });
    const again = combined(guidance, { x, level, conditional, unconditional });
    holds(text(result) === text(again), 'equal arguments give equal readings');
    const rebuilt = float64Space().combine([level.alpha, result.denoised], [level.sigma, result.noise]);
    holds(near(rebuilt, x, 1e-9), 'the result keeps x = alpha * denoised + sigma * noise');
    const agreed = combined(guidance, { x, level, conditional, unconditional: conditional });
    holds(near(agreed.denoised, conditional.denoised, 1e-9), 'two equal sides give that side');
  }
}

interface Sides {
  readonly x: Vector;
  readonly level: NoiseLevel;
  readonly conditional: Denoised;
  readonly unconditional: Denoised;
}

function combined(guidance: Guidance, { x, level, conditional, unconditional }: Sides): Denoised {
  const branches = guidance.branches(level, {});
  holds(['conditional', 'unconditional', 'both'].includes(branches), 'branches are conditional, unconditional or both');
  const sides = { conditional, unconditional };
  const asked = branches === 'both' ? sides : { [branches]: sides[branches] };
  const before = text(conditional) + text(unconditional) + float64Of(x).join();
  const context: GuidanceContext = { ...float64Space(), level, x, live: {}, ...asked };
  const [, result] = guidance.combine(guidance.init(), context);
  holds(
    text(conditional) + text(unconditional) + float64Of(x).join() === before,
    'combine changes nothing given to it',
  );
  return result;
}

function reading(x: Vector, denoised: Vector, { alpha, sigma }: NoiseLevel): Denoised {
  return { denoised, noise: float64Space().combine([1 / sigma, x], [-alpha / sigma, denoised]) };
}

function draw(purpose: string, step: number): Vector {
  return fromFloat64(normals({ seed: 3, purpose, step }, WIDTH));
}

function near(a: Vector, b: Vector, tolerance: number): boolean {
  return float64Of(a).every((value, i) => Math.abs(value - (float64Of(b)[i] ?? Number.NaN)) <= tolerance);
}

function text({ denoised, noise }: Denoised): string {
  return `${float64Of(denoised).join()};${float64Of(noise).join()}`;
}
