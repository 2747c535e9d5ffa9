import { describe, expect, it } from 'vitest';
import { Roles, type NoiseLevel, type Parameterization } from 'rxdiffusion';
import { exactReading, parameterizationLaws, THREE_GAUSSIANS } from 'rxdiffusion/testing';
import { flowLevel, veLevel, vpLevel } from '../../../src/core/math/levels.js';
import { create, made, pluginsOf } from '../plugins-of.js';

const levels = [vpLevel, veLevel, flowLevel].flatMap((path) => [-4, -1, 0, 1.5, 4].map((lambda) => path(500, lambda)));

describe('every parameterization', () => {
  it.each(pluginsOf(Roles.parameterization))('%s keeps the laws', async (_, definition) => {
    const parameterization = await create(definition);
    expect(() => parameterizationLaws(parameterization, levels)).not.toThrow();
  });
});

/** What an ideal network with this prediction says. */
const OUTPUTS: Readonly<Record<string, (denoised: number, noise: number, level: NoiseLevel) => number>> = {
  epsilon: (_, noise) => noise,
  v: (denoised, noise, { alpha, sigma }) => alpha * noise - sigma * denoised,
  x0: (denoised) => denoised,
  flow: (denoised, noise) => noise - denoised,
  score: (_, noise, { sigma }) => -noise / sigma,
};

describe('one exact model, read five ways', () => {
  it.each(Object.keys(OUTPUTS))('%s gives the exact estimate', async (name) => {
    const parameterization = await made(Roles.parameterization, name);
    for (const level of levels)
      for (const x of [-2, -0.3, 0.4, 1.7]) {
        const exact = exactReading(THREE_GAUSSIANS, x, level);
        const output = OUTPUTS[name]?.(exact.denoised, exact.noise, level) ?? Number.NaN;
        const { denoised, noise } = parameterization.at(level);
        expect(denoised.x * x + denoised.output * output).toBeCloseTo(exact.denoised, 9);
        expect(noise.x * x + noise.output * output).toBeCloseTo(exact.noise, 9);
      }
  });

  it('edm too, by c_skip and c_out', async () => {
    const parameterization = await made(Roles.parameterization, 'edm', { sigmaData: 0.5 });
    const level = veLevel(2, -Math.log(2));
    const root = Math.sqrt(4 + 0.25);
    const reading = parameterization.at(level);
    expect(reading.inputScale).toBeCloseTo(1 / root, 12);
    expect(reading.denoised.x).toBeCloseTo(0.25 / 4.25, 12);
    expect(reading.denoised.output).toBeCloseTo((2 * 0.5) / root, 12);
    expect(reading.time).toBeCloseTo(Math.log(2) / 4, 12);
  });
});

describe('consistency', () => {
  it('gives x back at its least noise, whatever the network says', async () => {
    const { denoised } = (await made(Roles.parameterization, 'consistency')).at(veLevel(0, -Math.log(0.002)));
    expect(denoised.x).toBeCloseTo(1, 12);
    expect(denoised.output).toBeCloseTo(0, 12);
  });

  it('is edm without the shift', async () => {
    const unshifted = await made(Roles.parameterization, 'consistency', { sigmaMin: 0, timeScale: 1 });
    const edm = await made(Roles.parameterization, 'edm');
    for (const level of levels) {
      const [ours, theirs] = [unshifted.at(level), edm.at(level)];
      expect(ours.denoised.x).toBeCloseTo(theirs.denoised.x, 10);
      expect(ours.denoised.output).toBeCloseTo(theirs.denoised.output, 10);
      expect(ours.inputScale).toBeCloseTo(theirs.inputScale, 10);
      expect(ours.time).toBeCloseTo(theirs.time, 10);
    }
  });
});

describe('parameterizationLaws can fail', () => {
  const epsilon: Parameterization = {
    at: ({ t, alpha, sigma }) => ({
      inputScale: 1,
      time: t,
      denoised: { x: 1 / alpha, output: sigma / alpha },
      noise: { x: 0, output: 1 },
    }),
  };
  it('a wrong sign', () => expect(() => parameterizationLaws(epsilon, levels)).toThrow('in the output'));
  it('a number that is not finite', () =>
    expect(() => parameterizationLaws({ at: (level) => ({ ...epsilon.at(level), time: Number.NaN }) }, levels)).toThrow(
      'finite',
    ));
});
