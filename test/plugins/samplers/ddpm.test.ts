import { describe, expect, it } from 'vitest';
import { DiffusionError, Roles, type Denoised, type NoiseLevel, type Vector } from 'rxdiffusion';
import { exactDenoise, fromFloat64 } from 'rxdiffusion/testing';
import { made } from '../plugins-of.js';
import { levels, near, run } from './sampler-run.js';

const ddpm = (variance: string, more: Readonly<Record<string, unknown>> = {}) =>
  made(Roles.sampler, 'ddpm', { variance, ...more });

/** The exact model, with a second half of its output that is this everywhere. */
const learning =
  (variance: number) =>
  (x: Vector, level: NoiseLevel): Denoised => ({
    ...exactDenoise(x, level),
    variance: fromFloat64(new Float64Array(4).fill(variance)),
  });

describe('the variance of ddpm', () => {
  it('is learned between the small and the large one', async () => {
    const between = await ddpm('learned-range');
    near(run(between, { denoise: learning(-1) }), run(await ddpm('fixed-small')));
    near(run(between, { denoise: learning(1) }), run(await ddpm('fixed-large')));
  });

  it('is the geometric mean of both in the middle', async () => {
    const noise = (): Float64Array => new Float64Array(4).fill(1);
    const drawn = async (variance: string, output = 0) => {
      const step = { levels: levels.slice(3, 5), denoise: learning(output) };
      const still = run(await ddpm('learned-direct'), { ...step, denoise: learning(0) });
      return (run(await ddpm(variance), { ...step, noise })[0] ?? 0) - (still[0] ?? 0);
    };
    const ends = (await drawn('fixed-small')) * (await drawn('fixed-large'));
    expect(await drawn('learned-range')).toBeCloseTo(Math.sqrt(ends), 10);
  });

  it('is what the network says, as variance or as its logarithm', async () => {
    const direct = run(await ddpm('learned-direct'), { denoise: learning(0.04) });
    near(run(await ddpm('learned'), { denoise: learning(Math.log(0.04)) }), direct);
  });

  it('has log forms, which are the same numbers', async () => {
    near(run(await ddpm('fixed-small-log')), run(await ddpm('fixed-small')));
    near(run(await ddpm('fixed-large-log')), run(await ddpm('fixed-large')));
  });

  it('is nothing at the clean level, unless asked for as diffusers has it', async () => {
    const last = { levels: levels.slice(-2), noise: () => new Float64Array(4).fill(1) };
    const clean = run(await ddpm('fixed-small'), last);
    near(run(await ddpm('fixed-large'), last), clean);
    const sigma = levels.at(-2)?.sigma ?? 0;
    near(
      run(await ddpm('fixed-large', { finalNoise: true }), last),
      clean.map((value) => value + sigma),
    );
  });

  it('is refused where the network learned none', async () => {
    const sampler = await ddpm('learned-range');
    expect(sampler.needs?.variance).toBe(true);
    expect(() => run(sampler)).toThrow(DiffusionError);
    expect(() => run(sampler)).toThrow('variance channels');
  });
});
