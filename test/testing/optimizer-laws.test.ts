import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ParameterSet } from '../../src/core/contracts/denoiser.js';
import type { Optimizer } from '../../src/core/contracts/training.js';
import { optimizerLaws } from '../../src/testing/optimizer-laws.js';

const norm = (gradients: ParameterSet): tf.Scalar =>
  tf.sqrt(tf.addN(Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)))));
const moved = (parameters: ParameterSet, gradients: ParameterSet, rate: number): ParameterSet =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      tf.sub(value, tf.mul(gradients[name] as tf.Tensor, rate)),
    ]),
  );
const sgd: Optimizer = {
  accumulate: 1,
  init: () => ({}),
  scalars: () => ({}),
  learningRate: () => 0.1,
  update: (gradients, state, parameters) => ({
    parameters: moved(parameters, gradients, 0.1),
    state,
    gradientNorm: norm(gradients),
  }),
};
const check = (change: Partial<Optimizer>) => () => optimizerLaws({ ...sgd, ...change });

beforeAll(() => tf.setBackend('cpu'));

describe('optimizerLaws', () => {
  it('lets plain gradient descent pass', () => expect(check({})).not.toThrow());

  it.each<[string, Partial<Optimizer>]>([
    ['finite', { learningRate: (step) => 1 / (step - 7) }],
    ['finite', { scalars: (step) => ({ rate: Math.log(step - 1) }) }],
    ['equal arguments', { update: counting() }],
    [
      'order of names',
      {
        update: (g, s, p) => ({
          ...sgd.update(g, s, p, {}),
          parameters: moved(p, g, Object.keys(p)[0] === 'c' ? 0.2 : 0.1),
        }),
      },
    ],
    ['names and shapes of the weights', { update: (g, s, p) => ({ ...sgd.update(g, s, p, {}), parameters: {} }) }],
    [
      'names and shapes of the state',
      { update: (g, s, p) => ({ ...sgd.update(g, s, p, {}), state: { ...s, m: tf.scalar(0) } }) },
    ],
    ['global norm', { update: (g, s, p) => ({ ...sgd.update(g, s, p, {}), gradientNorm: tf.scalar(1) }) }],
    ['quadratic bowl', { update: (g, s, p) => ({ ...sgd.update(g, s, p, {}), parameters: moved(p, g, -0.1) }) }],
  ])('finds a broken law: %s', (law, change) => expect(check(change)).toThrow(law));
});

/** Gradient descent with a counter of its own. */
function counting(): Optimizer['update'] {
  let calls = 0;
  return (gradients, state, parameters) => ({
    ...sgd.update(gradients, state, parameters, {}),
    parameters: moved(parameters, gradients, 0.1 / ++calls),
  });
}
