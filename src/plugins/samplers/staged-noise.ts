import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { StepContext } from '../../core/contracts/sampler.js';
import type { Term } from '../../core/contracts/vector.js';
import type { SdeNoise } from './sde-noise.js';
import { sdeStep } from './sde-step.js';

/**
 * The noise of a step of the reverse SDE that stops in between: for each stop, the terms that it has collected since the
 * start of the step. What was drawn on the way to one stop is damped on the way to the next, and is part of its noise.
 */
export function stagedNoise(
  ctx: StepContext,
  stops: readonly NoiseLevel[],
  { eta, noise, noiseScale }: SdeNoise,
): readonly (readonly Term[])[] {
  let before = ctx.from;
  let terms: readonly Term[] = [];
  return stops.map((stop, index) => {
    const { kept, std, clock } = sdeStep('denoised', { from: before, to: stop }, eta);
    const damped = terms.map(([share, drawn]): Term => [(share as number) * kept, drawn]);
    const key = index === stops.length - 1 ? undefined : `stage ${index}`;
    const fresh = std * noiseScale;
    const draw = () => (noise === 'brownian' ? ctx.brownian(before, stop, clock) : ctx.noise(key));
    terms = fresh > 0 ? [...damped, [fresh, draw()]] : damped;
    before = stop;
    return terms;
  });
}
