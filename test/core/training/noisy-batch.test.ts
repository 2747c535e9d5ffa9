import { describe, expect, it } from 'vitest';
import { addNoiseToBatch } from '../../../src/core/training/noisy-batch.js';
import type { NoiseSource } from '../../../src/core/contracts/noise-source.js';
import { philox } from '../../../src/plugins/noise/philox.js';
import { readLevels } from '../../../src/core/training/read-levels.js';
import { denoisingScoreMatching } from '../../../src/plugins/objectives/denoising-score-matching.js';
import { noisy, noising, made, noise, points, predicting, schedule } from './tiny-fit.js';
import { batchOf } from '../../../src/core/training/batch-columns.js';
import { dataIn } from '../../batch-parts.js';

const failure = (code: string, more: object = {}) => expect.objectContaining({ code, ...more }) as Error;

describe('corruptBatch', () => {
  it('gives sample i of step s the same draws in every batch size', () => {
    const [eight, two] = [noisy(3, 8), noisy(3, 2)];
    expect(eight.noise.slice(0, 6)).toEqual(two.noise);
    expect(eight.levels.slice(0, 2)).toEqual(two.levels);
    expect(eight.dropout.slice(0, 2)).toEqual(two.dropout);
  });

  it.each([
    ['begins anywhere', philox.create({ config: {} }) as NoiseSource],
    ['draws all', noise],
  ])('gives the share of a worker what the whole batch has there, by a source that %s', (_, source) => {
    const with_ = { ...noising, noise: source };
    const whole = addNoiseToBatch(points(3, 9), 3, with_);
    for (const [first, count] of [
      [0, 4],
      [3, 5],
      [8, 1],
    ] as const) {
      const data = dataIn(points(3, 9)).slice(first * 3, (first + count) * 3);
      const share = addNoiseToBatch({ ...batchOf(data, [count, 3]), share: { first, of: 9 } }, 3, with_);
      expect(share.noise).toEqual(whole.noise.slice(first * 3, (first + count) * 3));
      expect(share.levels).toEqual(whole.levels.slice(first, first + count));
      expect(share.dropout).toEqual(whole.dropout.slice(first, first + count));
    }
  });

  it('draws anew for every step, seed and purpose', () => {
    const [first, second] = [noisy(0), noisy(1)];
    const other = addNoiseToBatch(points(0), 0, { ...noising, seed: 12 });
    for (const batch of [second, other]) {
      expect(batch.noise).not.toEqual(first.noise);
      expect(batch.levels).not.toEqual(first.levels);
    }
    expect(first.levels.map(({ t }) => t)).not.toEqual([...first.dropout]);
  });

  it('leaves the data alone', () => {
    const batch = points(5);
    expect(addNoiseToBatch(batch, 5, noising)).toMatchObject(points(5));
    expect(batch).toEqual(points(5));
  });

  it('names the dataset where a batch does not fit its shape', () => {
    const batch = points(0);
    const wrong = failure('RXD_DATASET_INVALID', { step: 4 });
    expect(() => addNoiseToBatch({ ...batch, count: 9 }, 4, noising)).toThrow(wrong);
    expect(() => addNoiseToBatch(batchOf(dataIn(batch), [9, 3]), 4, noising)).toThrow(wrong);
    expect(() => addNoiseToBatch(batchOf(new Float32Array(), [0, 3]), 4, noising)).toThrow(wrong);
  });

  it('names the plugin and step where a plugin throws or gives a level that is not finite', () => {
    const with_ = (level: () => ReturnType<typeof schedule.at>) => () =>
      addNoiseToBatch(points(0), 2, { ...noising, timestepSampler: { level } });
    const nan = { t: 0, alpha: Number.NaN, sigma: 1, lambda: 0 };
    expect(with_(() => nan)).toThrow(
      failure('RXD_PLUGIN_OUTPUT', { plugin: 'timestepSampler/(made by hand)', step: 2 }),
    );
    const throwing = with_(() => {
      throw new Error('no level today');
    });
    expect(throwing).toThrow(failure('RXD_PLUGIN_FAILED', { plugin: 'timestepSampler/(made by hand)', got: 'Error' }));
  });
});

describe('readLevels', () => {
  const levels = [schedule.at(0.1), schedule.at(0.9)];
  const objective = made(denoisingScoreMatching, { target: 'v' });

  it('says the numbers of every sample', () => {
    const numbers = readLevels(levels, { parameterization: predicting('v'), objective });
    expect(numbers.time).toEqual([0.1, 0.9]);
    expect(numbers.alpha).toEqual(levels.map(({ alpha }) => alpha));
    expect(Object.keys(numbers.coefficients)).toEqual(['targetX0', 'targetNoise', 'weight']);
    expect(numbers.coefficients['weight']?.[1]).toBeCloseTo(1, 12);
  });

  it('names the plugin that says a number that is not finite', () => {
    const parameterization = { at: (at: (typeof levels)[0]) => ({ ...predicting('v').at(at), time: Number.NaN }) };
    expect(() => readLevels(levels, { parameterization, objective })).toThrow(
      failure('RXD_PLUGIN_OUTPUT', { plugin: 'parameterization/(made by hand)' }),
    );
    const broken = { ...objective, coefficients: () => ({ weight: Infinity }) };
    expect(() => readLevels(levels, { parameterization: predicting('v'), objective: broken })).toThrow(
      failure('RXD_PLUGIN_OUTPUT', { plugin: 'objective/(made by hand)' }),
    );
  });
});
