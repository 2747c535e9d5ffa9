import * as tf from '@tensorflow/tfjs';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ParameterSet } from '../../../src/core/contracts/denoiser.js';
import type { Optimizer } from '../../../src/core/contracts/training.js';
import { optimizerLaws } from '../../../src/testing/optimizer-laws.js';
import { adam } from '../../../src/plugins/optimizers/adam.js';
import { adamw } from '../../../src/plugins/optimizers/adamw.js';
import { made } from '../../core/training/tiny-fit.js';

interface Golden {
  readonly tolerance: number;
  readonly start: Record<string, number[]>;
  readonly gradients: Record<string, number[]>[];
  readonly cases: {
    readonly optimizer: 'adam' | 'adamw';
    readonly config: object;
    readonly steps: { readonly gradientNorm: number; readonly parameters: Record<string, number[]> }[];
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../golden/optimizers/adam.json', import.meta.url), 'utf8'),
) as Golden;
const plugins = { adam, adamw };
const tensors = (set: Record<string, number[]>): ParameterSet =>
  Object.fromEntries(Object.entries(set).map(([name, values]) => [name, tf.tensor1d(values)]));
const scalarsOf = (optimizer: Optimizer, step: number): Record<string, tf.Scalar> =>
  Object.fromEntries(Object.entries(optimizer.scalars(step)).map(([name, value]) => [name, tf.scalar(value)]));

beforeAll(() => tf.setBackend('cpu'));

describe('adam and adamw', () => {
  it.each(golden.cases)('$optimizer $config agrees with the documented formula', ({ optimizer: name, config, steps }) =>
    tf.tidy(() => {
      const optimizer = made(plugins[name], config);
      let parameters = tensors(golden.start);
      let state = optimizer.init(parameters);
      steps.forEach((expected, step) => {
        const gradients = tensors(golden.gradients[step] ?? {});
        const update = optimizer.update(gradients, state, parameters, scalarsOf(optimizer, step));
        ({ parameters, state } = update);
        expect(update.gradientNorm.dataSync()[0]).toBeCloseTo(expected.gradientNorm, 5);
        for (const [key, values] of Object.entries(expected.parameters)) {
          const got = Array.from(parameters[key]?.dataSync() ?? []);
          values.forEach((value, i) => expect(Math.abs((got[i] ?? NaN) - value)).toBeLessThan(golden.tolerance));
        }
      });
    }),
  );

  it.each([
    { plugin: adam, config: { weightDecay: 0.01 } },
    { plugin: adam, config: { clipNorm: 0 } },
    { plugin: adamw, config: {} },
    { plugin: adamw, config: { warmUp: 20, decay: 'cosine', totalSteps: 200 } },
  ])('$plugin.name $config keeps the laws', ({ plugin, config }) => optimizerLaws(made(plugin, config)));

  it('treats a weight the same whether it stands alone or is joined with others', () =>
    tf.tidy(() => {
      const values = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(i));
      const optimizer = made(adamw, { clipNorm: 0 });
      const after = (count: number): number[] => {
        const set = { first: tf.tensor1d(values(count)), second: tf.tensor1d([1, 2]) };
        const { parameters } = optimizer.update(set, optimizer.init(set), set, scalarsOf(optimizer, 0));
        return Array.from(parameters['first']?.dataSync() ?? []).slice(0, 100);
      };
      expect(after(2000)).toEqual(after(100));
    }));

  it('shapes the learning rate: linear rise, half a cosine, 0', () => {
    const { learningRate } = made(adam, { learningRate: 8, warmUp: 4, decay: 'cosine', totalSteps: 12 });
    expect([0, 3, 4].map(learningRate)).toEqual([2, 8, 8]);
    expect(learningRate(8)).toBeCloseTo(4, 12);
    expect([12, 100].map(learningRate)).toEqual([0, 0]);
  });

  it.each([
    { decay: 'cosine' },
    { decay: 'cosine', totalSteps: 5, warmUp: 5 },
    { learningRate: 0 },
    { beta1: 1 },
    { accumulate: 0 },
    { momentum: 0.9 },
  ])('refuses %j', (config) => expect(adam.config.safeParse(config).success).toBe(false));
});
