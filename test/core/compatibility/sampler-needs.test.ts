import { describe, expect, it } from 'vitest';
import type { NoiseLevel } from '../../../src/core/contracts/noise-level.js';
import type { SamplerNeeds } from '../../../src/core/contracts/sampler.js';
import { DiffusionError } from '../../../src/core/errors/diffusion-error.js';
import { checkSamplerNeeds } from '../../../src/core/compatibility/sampler-needs.js';
import { euler, schedule } from '../../pipelines/sampling/parts.js';

const at = (...times: number[]): NoiseLevel[] => times.map((t) => schedule.at(t));
const falling = at(0.9, 0.5, 0.1);

function refusal(
  needs: SamplerNeeds,
  levels: readonly NoiseLevel[] = falling,
  learnsVariance = false,
): DiffusionError | undefined {
  const denoiser = { info: { sampleShape: [2], learnsVariance }, parameters: {}, predict: () => never() };
  try {
    checkSamplerNeeds({ sampler: { ...euler, needs }, schedule, denoiser }, levels);
    return undefined;
  } catch (error) {
    if (error instanceof DiffusionError) return error;
    throw error;
  }
}

function never(): never {
  throw new Error('no network call is made');
}

describe('what a sampler needs', () => {
  it.each<[what: string, needs: SamplerNeeds, message: RegExp, levels?: readonly NoiseLevel[]]>([
    ['another path', { paths: ['vp', 've'] }, /path is vp or ve/],
    ['a learned variance', { variance: true }, /learns its variance/],
    ['more steps', { steps: 3 }, /got: 2 steps[^]*expected: 3 steps or more/],
    ['levels in order', {}, /less noise after every step/, at(0.9, 0.1, 0.5)],
    ['levels that differ', {}, /leave equal ones out/, at(0.9, 0.9, 0.5)],
    ['levels towards noise', { towards: 'noisy' }, /more noise after every step/],
    ['levels that leave the clean one', { towards: 'any' }, /leaves the clean level/, [schedule.clean, ...falling]],
  ])('%s, and is told so', (_, needs, message, levels) => {
    const error = refusal(needs, levels);
    expect(error?.code).toBe('RXD_COMBINATION');
    expect(error?.message).toMatch(message);
  });

  it.each<[what: string, needs: SamplerNeeds, levels?: readonly NoiseLevel[], learned?: boolean]>([
    ['nothing', {}],
    ['this path', { paths: ['flow'] }],
    ['a learned variance that there is', { variance: true }, falling, true],
    ['as many steps as there are', { steps: 2 }],
    ['levels towards noise', { towards: 'noisy' }, at(0.1, 0.5, 0.9)],
    ['a last step that stays where it is', {}, at(0.9, 0.5, 0.5)],
    ['levels in any order', { towards: 'any' }, at(0.1, 0.9, 0.5)],
  ])('%s, and gets it', (_, needs, levels, learned) => {
    expect(refusal(needs, levels, learned)).toBeUndefined();
  });
});
