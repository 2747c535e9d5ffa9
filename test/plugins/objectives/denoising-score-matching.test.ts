import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { NoiseLevel } from '../../../src/core/contracts/noise-level.js';
import type { Preconditioning } from '../../../src/core/contracts/parameterization.js';
import { objectiveLaws } from '../../../src/testing/objective-laws.js';
import { flowLevel, level, veLevel, vpLevel } from '../../../src/core/math/levels.js';
import { PREDICTIONS, type Prediction } from '../../../src/core/math/predictions.js';
import { denoisingScoreMatching } from '../../../src/plugins/objectives/denoising-score-matching.js';
import { made, predicting } from '../../core/training/tiny-fit.js';

const lambdas = [-6, -2, -0.3, 0, 1, 4, 7];
const paths = { vp: vpLevel, ve: veLevel, flow: flowLevel };
const levels = Object.values(paths).flatMap((path) => lambdas.map((lambda) => path(0, lambda)));
const predictions = Object.keys(PREDICTIONS) as Prediction[];

/** Karras et al. 2022, table 1, with sigmaData 0.5. */
const edmReading = ({ sigma }: NoiseLevel): Preconditioning => {
  const [total, data] = [sigma ** 2 + 0.25, 0.25];
  const denoised = { x: data / total, output: (sigma * 0.5) / Math.sqrt(total) };
  const noise = { x: (1 - denoised.x) / sigma, output: -denoised.output / sigma };
  return { inputScale: 1 / Math.sqrt(total), time: Math.log(sigma) / 4, denoised, noise };
};
const numbers = (config: object, at: NoiseLevel, prediction: Prediction) =>
  made(denoisingScoreMatching, config).coefficients(at, predicting(prediction).at(at)) as Record<
    'weight' | 'targetX0' | 'targetNoise',
    number
  >;

beforeAll(() => tf.setBackend('cpu'));

describe('denoising-score-matching', () => {
  it.each(predictions)('aims at the output that %s reads as the true sample and noise', (prediction) => {
    for (const at of levels) {
      const { denoised, noise } = predicting(prediction).at(at);
      const { targetX0, targetNoise } = numbers({}, at, prediction);
      const [x0, unit] = [0.3, -1.1];
      const x = at.alpha * x0 + at.sigma * unit;
      const output = targetX0 * x0 + targetNoise * unit;
      expect(denoised.x * x + denoised.output * output).toBeCloseTo(x0, 8);
      expect(noise.x * x + noise.output * output).toBeCloseTo(unit, 8);
    }
  });

  it.each([
    ['epsilon', 'noise'],
    ['v', 'v'],
    ['x0', 'x0'],
    ['flow', 'flow'],
  ] as const)('weighs a network that predicts %s, with target %s, by 1 on every path', (prediction, target) => {
    for (const at of levels) expect(numbers({ target }, at, prediction).weight).toBeCloseTo(1, 10);
  });

  it('weighs the edm parameterization with weighting edm by 1 (Karras et al. 2022, table 1)', () => {
    const objective = made(denoisingScoreMatching, { weighting: 'edm' });
    for (const lambda of lambdas) {
      const at = veLevel(0, lambda);
      expect(objective.coefficients(at, edmReading(at))['weight']).toBeCloseTo(1, 10);
    }
  });

  it('has the factors of the docstring: snr, ((alpha² + sigma²)/sigma)², bounded snr, edm', () => {
    for (const at of levels) {
      const { alpha, sigma } = at;
      const [snr, s] = [(alpha / sigma) ** 2, sigma / alpha];
      const relative = (config: object): number => numbers(config, at, 'x0').weight;
      expect(relative({ target: 'noise' }) / snr).toBeCloseTo(1, 9);
      expect(relative({ target: 'v' }) / ((alpha ** 2 + sigma ** 2) / sigma) ** 2).toBeCloseTo(1, 9);
      expect(relative({ target: 'flow' }) / ((alpha + sigma) / sigma) ** 2).toBeCloseTo(1, 9);
      expect(relative({ weighting: 'snr' }) / snr).toBeCloseTo(1, 9);
      expect(relative({ weighting: 'min-snr' }) / Math.min(snr, 5)).toBeCloseTo(1, 9);
      expect(relative({ weighting: 'min-snr', gamma: 2 }) / Math.min(snr, 2)).toBeCloseTo(1, 9);
      expect(relative({ weighting: 'edm' }) / ((s ** 2 + 0.25) / (s * 0.5) ** 2)).toBeCloseTo(1, 9);
    }
  });

  it('has the min-SNR weights of Hang et al. 2023 for noise and v networks on vp paths', () => {
    for (const lambda of lambdas) {
      const at = vpLevel(0, lambda);
      const snr = Math.exp(2 * lambda);
      const weight = (prediction: Prediction): number => numbers({ weighting: 'min-snr' }, at, prediction).weight;
      expect(weight('epsilon')).toBeCloseTo(Math.min(snr, 5) / snr, 9);
      expect(weight('v')).toBeCloseTo(Math.min(snr, 5) / (snr + 1), 9);
    }
  });

  it('gives one loss for one error, whatever the network predicts', () =>
    tf.tidy(() => {
      const at = flowLevel(0, 0.4);
      const [x0, noise, error] = [tf.tensor([[0.4, -0.2]]), tf.tensor([[1.1, 0.3]]), tf.tensor([[0.05, -0.02]])];
      const x = tf.add(tf.mul(x0, at.alpha), tf.mul(noise, at.sigma));
      const losses = predictions.map((prediction) => {
        const objective = made(denoisingScoreMatching, { target: 'v' });
        const reading = predicting(prediction).at(at);
        const { denoised } = reading;
        const output = tf.div(tf.sub(tf.add(x0, error), tf.mul(x, denoised.x)), denoised.output);
        const coefficients = Object.entries(objective.coefficients(at, reading));
        const columns = Object.fromEntries(coefficients.map(([name, value]) => [name, tf.tensor1d([value])]));
        return objective.loss({ x0, noise, x, output, coefficients: columns }).dataSync()[0] ?? NaN;
      });
      const expected = (((at.alpha ** 2 + at.sigma ** 2) / at.sigma) ** 2 * (0.05 ** 2 + 0.02 ** 2)) / 2;
      for (const loss of losses) expect(loss / expected).toBeCloseTo(1, 4);
    }));

  it('stays exact at both ends of the path', () => {
    const [noiseOnly, clean] = [level(1, 0, 1), level(0, 1, 0)];
    expect(numbers({ target: 'noise' }, noiseOnly, 'epsilon')).toMatchObject({ targetNoise: 1, weight: 1 });
    expect(numbers({ target: 'noise' }, noiseOnly, 'epsilon').targetX0).toBeCloseTo(0, 15);
    expect(numbers({ target: 'noise' }, level(1, 1e-160, 1), 'epsilon')).toMatchObject({ targetNoise: 1, weight: 1 });
    expect(numbers({ target: 'x0' }, clean, 'x0')).toMatchObject({ targetX0: 1, weight: 1 });
    expect(numbers({ weighting: 'min-snr' }, clean, 'x0').weight).toBe(5);
    expect(numbers({ target: 'v' }, clean, 'v')).toMatchObject({ targetNoise: 1, weight: 1 });
    expect(numbers({ target: 'v' }, noiseOnly, 'v')).toMatchObject({ targetX0: -1, weight: 1 });
  });

  it('refuses, by code, a level at which the output decides nothing or the weight is infinite', () => {
    const code = { code: 'RXD_PLUGIN_OUTPUT' };
    const { coefficients } = made(denoisingScoreMatching);
    expect(() => coefficients(level(0, 1, 0), edmReading(level(0, 1, 0)))).toThrow(expect.objectContaining(code));
    expect(() => numbers({ target: 'x0' }, level(1, 0, 1), 'epsilon')).toThrow(expect.objectContaining(code));
    expect(() => numbers({ target: 'noise' }, level(0, 1, 0), 'x0')).toThrow(expect.objectContaining(code));
  });

  it.each([
    { target: 'v' },
    { target: 'noise' },
    { weighting: 'snr' },
    { weighting: 'min-snr', gamma: 1 },
    { weighting: 'edm', sigmaData: 1 },
  ])('%j keeps the laws, its gradient among them', (config) => {
    for (const path of Object.values(paths)) {
      const objective = made(denoisingScoreMatching, config);
      const some = [-1, 0.2, 1.5].map((lambda) => path(0, lambda));
      objectiveLaws(objective, { levels: some, parameterization: predicting('v') });
    }
  });

  it.each([{ target: 'epsilon' }, { weighting: 'none' }, { gamma: 0 }, { snr: 5 }])('refuses %j', (config) =>
    expect(denoisingScoreMatching.config.safeParse(config).success).toBe(false),
  );
});
