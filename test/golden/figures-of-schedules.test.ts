import { describe, expect, it } from 'vitest';
import { Roles, type NoiseLevel } from 'rxdiffusion';
import { float64Of, fromFloat64, solve } from 'rxdiffusion/testing';
import { torchGenerator } from '../../src/plugins/noise/torch/torch-generator.js';
import { made } from '../plugins/plugins-of.js';

/*
 * Figures of the tests of diffusers' schedulers that say something of schedules, grids and noise, under the numbers of
 * the sections in which they were collected. Tolerances are those of diffusers' own tests.
 */

/** `dummy_sample_deter` (d.1): samples, channels, rows and columns in torch's order. */
const SAMPLE = Float64Array.from({ length: 768 }, (_, i) => {
  const [batch, place] = [Math.floor(i / 192), i % 192];
  return Math.fround((place * 4 + batch) / 768);
});

const sumOfAbsolutes = (values: Float64Array): number => values.reduce((sum, value) => sum + Math.abs(value), 0);

describe('d.3 variances between two levels of a schedule', () => {
  const variance = (from: NoiseLevel, to: NoiseLevel): number =>
    (to.sigma / from.sigma) ** 2 * (1 - (from.alpha / to.alpha) ** 2);

  it.each([
    [0, 0, 0],
    [420, 400, 0.14771],
    [980, 960, 0.3246],
    [487, 486, 0.00979],
    [999, 998, 0.02],
  ])('DDIM and DDPM, from %i to %i', async (from, to, expected) => {
    const schedule = await made(Roles.schedule, 'linear');
    expect(Math.abs(variance(schedule.at(from), schedule.at(to)) - expected)).toBeLessThan(1e-5);
  });

  it.each([
    [487, 0.0549625],
    [999, 0.9994987],
  ])('UnCLIP, a standard deviation on the cosine schedule at %i', async (t, expected) => {
    const schedule = await made(Roles.schedule, 'cosine');
    expect(Math.abs(Math.sqrt(variance(schedule.at(t), schedule.at(t - 1))) - expected)).toBeLessThan(1e-5);
  });
});

describe('d.3 grids', () => {
  it('DDIM with steps_offset 1: 801, 601, 401, 201, 1', async () => {
    const levels = (await made(Roles.grid, 'leading', { offset: 1 })).levels(await made(Roles.schedule, 'linear'), 5);
    expect(levels.slice(0, 5).map(({ t }) => t)).toEqual([801, 601, 401, 201, 1]);
  });

  it('PNDM with steps_offset 1: its last times', async () => {
    const levels = (await made(Roles.grid, 'leading', { offset: 1 })).levels(await made(Roles.schedule, 'linear'), 10);
    expect(levels.slice(3, 10).map(({ t }) => t)).toEqual([601, 501, 401, 301, 201, 101, 1]);
  });

  it('UniPC on a flow path, karras from 200 to 0.01', async () => {
    const grid = await made(Roles.grid, 'karras', { sigmaMin: 0.01, sigmaMax: 200 });
    const levels = grid.levels(await made(Roles.schedule, 'flow'), 5);
    const expected = [0.99502486, 0.97874546, 0.87748844, 0.36049718, 0.00990099, 0];
    expected.forEach((sigma, i) => expect(levels[i]?.sigma).toBeCloseTo(sigma, 6));
  });
});

describe('d.3 torch’s normals in whole runs, 768 at a draw', () => {
  const ddpmRun = async (levels: readonly NoiseLevel[], x: Float64Array): Promise<number> => {
    const generator = torchGenerator(0);
    const end = solve({
      sampler: await made(Roles.sampler, 'ddpm', { variance: 'fixed-small' }),
      levels,
      x,
      denoise: (state, level) => estimate(float64Of(state), level, 1),
      noise: () => generator.normals(768),
    });
    return sumOfAbsolutes(end);
  };

  it('DDPM, 1000 steps: 258.9606', async () => {
    const levels = (await made(Roles.grid, 'leading')).levels(await made(Roles.schedule, 'linear'), 1000);
    expect(Math.abs((await ddpmRun(levels, SAMPLE)) - 258.9606)).toBeLessThan(1e-2);
  });

  it('DDPM, the last two times, with noise: 387.9466', async () => {
    const schedule = await made(Roles.schedule, 'linear');
    const [start, noise] = [schedule.at(1), SAMPLE.toReversed()];
    const x = SAMPLE.map((value, i) => start.alpha * value + start.sigma * (noise[i] ?? 0));
    // In single precision 1 - alpha² of a step at the clean end has 3 digits, which moves their sum by 0.02.
    const sum = await ddpmRun([start, schedule.at(0), schedule.clean], x);
    expect(Math.abs(sum - 387.9466)).toBeLessThan(3e-2);
  });

  it('EulerAncestral, 10 steps: 152.3192', async () => {
    const schedule = await made(Roles.schedule, 'linear', { trainSteps: 1100 });
    const grid = await made(Roles.grid, 'linspace', { rounding: false, interpolation: 'sigma' });
    const sampler = await made(Roles.sampler, 'euler-ancestral');
    const generator = torchGenerator(0);
    const levels = grid.levels(schedule, 10);
    const largest = (levels[0] as NoiseLevel).sigma / (levels[0] as NoiseLevel).alpha;
    // x is x0 + sigma * noise. The tests of diffusers feed the network's scaled input to the step, too.
    let x = SAMPLE.map((value) => value * largest);
    for (const [i, from] of levels.slice(0, -1).entries()) {
      const to = levels[i + 1] as NoiseLevel;
      const next = solve({
        sampler,
        levels: [from, to],
        x: x.map((value) => value * from.alpha ** 2),
        denoise: (state, level) => estimate(float64Of(state), level, level.alpha),
        noise: () => generator.normals(768),
      });
      x = next.map((value) => value / to.alpha);
    }
    expect(Math.abs(sumOfAbsolutes(x) - 152.3192)).toBeLessThan(1e-2);
  });
});

/** `dummy_model` (d.1), which predicts the noise `x t / (t + 1)` of its input `state / scale`; clipped where clip is. */
function estimate(state: Float64Array, { t, alpha, sigma }: NoiseLevel, scale: number) {
  const noise = state.map((value) => ((value / scale) * t) / (t + 1));
  const denoised = state.map((value, i) => (value - sigma * (noise[i] ?? 0)) / alpha);
  return { denoised: fromFloat64(scale === 1 ? denoised.map(clipped) : denoised), noise: fromFloat64(noise) };
}

function clipped(value: number): number {
  return Math.min(Math.max(value, -1), 1);
}
