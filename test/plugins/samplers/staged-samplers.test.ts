import { describe, expect, it } from 'vitest';
import { Roles, type Denoised, type Vector } from 'rxdiffusion';
import { exactDenoise, float64Of, fromFloat64 } from 'rxdiffusion/testing';
import { made } from '../plugins-of.js';
import { at, levels, near, run } from './sampler-run.js';

/** A path whose increments belong to one another: what seeds draw in two parts is what others draw at once. */
const still = { brownian: () => new Float64Array(4) };

describe('samplers with stages inside of a step', () => {
  it('res-2s with its stage at the end is exp-heun-2-x0', async () => {
    near(run(await made(Roles.sampler, 'res-2s', { c2: 1 })), run(await made(Roles.sampler, 'exp-heun-2-x0', {})));
  });

  it('seeds-2 without noise is dpmpp-sde without noise', async () => {
    near(
      run(await made(Roles.sampler, 'seeds-2', { eta: 0, r: 0.4 })),
      run(await made(Roles.sampler, 'dpmpp-sde', { eta: 0, r: 0.4 })),
    );
  });

  it('seeds-2 draws nothing where its factor is 0', async () => {
    const silent = await made(Roles.sampler, 'seeds-2', { noiseScale: 0 });
    expect(silent.stochastic).toBe(false);
    near(run(silent), run(await made(Roles.sampler, 'seeds-2', {}), still));
  });

  it('refuses stages of seeds-3 that are out of order', async () => {
    await expect(made(Roles.sampler, 'seeds-3', { r1: 0.8, r2: 0.5 })).rejects.toThrow(/r1 below r2/);
  });
});

describe('samplers that extrapolate', () => {
  it('gradient-estimation with gamma 1 is ddim', async () => {
    near(run(await made(Roles.sampler, 'gradient-estimation', { gamma: 1 })), run(await made(Roles.sampler, 'ddim')));
  });

  it('cfgpp-ud10-ab without memory is ddim', async () => {
    const config = { history: 0, noiseHistory: 0, cleanHistory: 0 };
    near(run(await made(Roles.sampler, 'cfgpp-ud10-ab', config)), run(await made(Roles.sampler, 'ddim')));
  });

  it('ipndm-v with two levels is lms with two', async () => {
    const noisy = { levels: levels.slice(0, -1) };
    near(
      run(await made(Roles.sampler, 'ipndm-v', { order: 2 }), noisy),
      run(await made(Roles.sampler, 'lms', { order: 2 }), noisy),
    );
  });

  it('heunpp2 asks at the level after the next one, but not beyond the end', async () => {
    const asked: number[] = [];
    const sampler = await made(Roles.sampler, 'heunpp2', {});
    run(sampler, {
      levels: [at(6), at(4), at(2), at(0)],
      denoise: (x, level) => {
        asked.push(level.t);
        return exactDenoise(x, level);
      },
    });
    expect(asked).toEqual([6, 4, 2, 4, 2, 2]);
  });
});

describe('samplers that read which estimate the noise belongs to', () => {
  /** Guidance that takes the estimate to 1.5 times itself. */
  const guided = (x: Vector, level: Parameters<typeof exactDenoise>[1]): Denoised => {
    const { denoised, noise } = exactDenoise(x, level);
    return { denoised: fromFloat64(float64Of(denoised).map((value) => 1.5 * value)), noise, unguided: denoised };
  };
  const names = ['euler', 'euler-ancestral', 'dpmpp-2m', 'res-multistep', 'dpmpp-2s-ancestral', 'gradient-estimation'];
  const noNoise = { 'euler-ancestral': { eta: 0 }, 'dpmpp-2s-ancestral': { eta: 0 } } as Readonly<
    Record<string, object>
  >;

  it.each(names)('%s: one step to the clean level gives the guided estimate', async (name) => {
    const end = { levels: [at(4), at(0)] };
    const sampler = await made(Roles.sampler, name, { ...noNoise[name] });
    near(
      run(sampler, { ...end, denoise: guided }),
      run(sampler, end).map((value) => 1.5 * value),
    );
  });

  it.each(names)('%s: one step between two levels has the unguided noise of the next', async (name) => {
    const sampler = await made(Roles.sampler, name, { ...noNoise[name] });
    const between = { levels: [at(4), at(3)], denoise: guided };
    const ddim = run(await made(Roles.sampler, 'ddim'), between);
    // Of dpmpp-2s-ancestral the second stage adds a bend of the unguided trajectory.
    near(run(sampler, between), ddim, name === 'dpmpp-2s-ancestral' ? 1 : 10);
  });

  it('dpmpp-2s-ancestral adds to a step of the unguided estimate what guidance adds to it', async () => {
    const sampler = await made(Roles.sampler, 'dpmpp-2s-ancestral', { eta: 0 });
    const between = [at(4), at(3)];
    const [plain, moved] = [run(sampler, { levels: between }), run(sampler, { levels: between, denoise: guided })];
    const added = float64Of(exactDenoise(fromFloat64(Float64Array.of(-1.5, 0.2, 0.9, 2.2)), at(4)).denoised);
    near(
      moved,
      plain.map((value, i) => value + (at(3).alpha * (added[i] ?? 0)) / 2),
    );
  });
});
