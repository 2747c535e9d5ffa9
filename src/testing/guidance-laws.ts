import type { Guidance, GuidanceContext, GuidanceState } from '../core/contracts/guidance.js';
import type { NoiseLevel } from '../core/contracts/noise-level.js';
import type { Denoised } from '../core/contracts/sampler.js';
import type { Vector } from '../core/contracts/vector.js';
import { vpLevel } from '../core/math/levels.js';
import { normals } from '../core/random/draws.js';
import { float64Of, float64Space, fromFloat64 } from '../core/tensors/float64-space.js';
import { lawsOf } from './broken-law.js';

const holds = lawsOf('guidances');
const WIDTH = 6;
const COUNT = 10;

/**
 * Checks the laws of the guidance contract in double precision: `combine` is pure and changes nothing that it is given,
 * needs only what `branches` and `requires` say, treats each sample by itself, keeps `x = alpha * denoised + sigma * noise`
 * (unless it says `decouplesNoise`), and gives the conditional reading back where all readings are the same and the classifier says
 * nothing (at a step in the middle of a run: methods may treat the first steps in their own way). Live values are checked.
 *
 * @throws Error that says which law is broken.
 */
export function guidanceLaws(guidance: Guidance): void {
  for (const level of [vpLevel(900, -2), vpLevel(500, 0), vpLevel(100, 2)]) {
    for (const index of [0, COUNT / 2, COUNT - 1]) checkReadings(guidance, level, index);
    const agreed = said(level, [0]);
    const { reading } = agreed;
    const result = combined(
      guidance,
      { ...agreed, reading: () => reading('conditional'), gradient: zeros() },
      COUNT / 2,
    );
    holds(
      near(result.denoised, reading('conditional').denoised, 1e-9),
      'where all that it asks says the same, it says that',
    );
  }
  for (const [key, accepts] of Object.entries(guidance.live ?? {})) {
    holds(!accepts({}) && !accepts(undefined), `values of the live key ${key} are checked`);
  }
}

function checkReadings(guidance: Guidance, level: NoiseLevel, index: number): void {
  const sides = said(level, [0]);
  const result = combined(guidance, sides, index);
  holds(text(result) === text(combined(guidance, sides, index)), 'equal arguments give equal readings');
  const rebuilt = float64Space().combine([level.alpha, result.denoised], [level.sigma, result.noise]);
  holds(
    guidance.decouplesNoise === true || near(rebuilt, sides.x, 1e-9),
    'the result keeps x = alpha * denoised + sigma * noise',
  );
  const other = combined(guidance, said(level, [1]), index);
  const batch = combined(guidance, said(level, [0, 1]), index, 2);
  const singles = [...float64Of(result.denoised), ...float64Of(other.denoised)];
  holds(near(batch.denoised, fromFloat64(Float64Array.from(singles)), 1e-12), 'a batch equals its singles');
}

interface Said {
  readonly x: Vector;
  readonly level: NoiseLevel;
  /** What a branch says of `x`. */
  readonly reading: (branch: string) => Denoised;
  readonly gradient: Vector;
}

/** Random readings of some samples, each drawn by its own seed. */
function said(level: NoiseLevel, seeds: readonly number[]): Said {
  const draw = (purpose: string): Vector =>
    fromFloat64(Float64Array.from(seeds.flatMap((seed) => [...normals({ seed, purpose, step: level.t }, WIDTH)])));
  const x = draw('x');
  const reading = (branch: string): Denoised => {
    const denoised = draw(branch);
    return { denoised, noise: float64Space().combine([1 / level.sigma, x], [-level.alpha / level.sigma, denoised]) };
  };
  return { x, level, reading, gradient: draw('gradient') };
}

function combined(guidance: Guidance, { x, level, reading, gradient }: Said, index: number, samples = 1): Denoised {
  const names = guidance.branches(level, {}).map(({ name }) => name);
  holds(names.length > 0 && new Set(names).size === names.length, 'branches have names of their own, and there is one');
  const readings = Object.fromEntries(names.map((name) => [name, reading(name)]));
  const context: GuidanceContext = {
    ...float64Space(samples),
    ...{ index, count: COUNT, level, x, live: {}, readings },
    ...(guidance.requires?.includes('classifier') === true ? { classGradient: () => gradient } : {}),
  };
  const given = (): string => Object.values(readings).map(text).join() + float64Of(x).join();
  const [state, before] = [Object.freeze(guidance.init()), given()];
  const [remembered, result] = guidance.combine(state, context);
  const [, again] = guidance.combine(remembered, context);
  holds(again !== undefined && given() === before, 'combine changes nothing given to it');
  holds(memory(state) === memory(guidance.init()), 'what it remembers is a new record');
  return result;
}

function memory(state: GuidanceState): string {
  return Object.entries(state)
    .map(([key, value]) => `${key}=${typeof value === 'object' ? float64Of(value).join() : value}`)
    .join(';');
}

function zeros(): Vector {
  return fromFloat64(new Float64Array(WIDTH));
}

function near(a: Vector, b: Vector, tolerance: number): boolean {
  return float64Of(a).every((value, i) => Math.abs(value - (float64Of(b)[i] ?? Number.NaN)) <= tolerance);
}

function text({ denoised, noise }: Denoised): string {
  return `${float64Of(denoised).join()};${float64Of(noise).join()}`;
}
