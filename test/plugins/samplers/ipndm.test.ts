import { describe, expect, it } from 'vitest';
import { Roles } from 'rxdiffusion';
import { made } from '../plugins-of.js';
import { levels, run } from './sampler-run.js';

const fromPureNoise = [{ t: 13, alpha: 0, sigma: 1, lambda: -Infinity }, ...levels.slice(0, 1)];

describe('ipndm', () => {
  it('starts with the mean of the data, unless told to lose it as diffusers does', async () => {
    const right = run(await made(Roles.sampler, 'ipndm'), { levels: fromPureNoise });
    const lost = run(await made(Roles.sampler, 'ipndm', { lostFirstMean: true }), { levels: fromPureNoise });
    const mean = -1.2 * 0.3 + 0.3 * 0.45 + 1.5 * 0.25;
    right.forEach((value, i) => expect(value - (lost[i] ?? 0)).toBeCloseTo((levels[0]?.alpha ?? 0) * mean, 10));
  });

  it('says what order it then has', async () => {
    expect((await made(Roles.sampler, 'ipndm', { lostFirstMean: true })).order).toBe(1);
    expect((await made(Roles.sampler, 'ipndm')).order).toBe(2);
  });
});
