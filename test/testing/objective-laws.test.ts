import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Objective, ObjectiveContext } from '../../src/core/contracts/training.js';
import { objectiveLaws } from '../../src/testing/objective-laws.js';
import { predicting, schedule } from '../core/training/tiny-fit.js';

const rows = ({ output, noise }: ObjectiveContext): tf.Tensor1D =>
  tf.mean(
    tf.squaredDifference(tf.reshape(output, [noise.shape[0] ?? 1, -1]), tf.reshape(noise, [noise.shape[0] ?? 1, -1])),
    1,
  );
const plain: Objective = { coefficients: ({ sigma }) => ({ sigma }), loss: rows };
const check = (change: Partial<Objective>) => () =>
  objectiveLaws({ ...plain, ...change }, { levels: [0.2, 0.8].map(schedule.at), parameterization: predicting('v') });

beforeAll(() => tf.setBackend('cpu'));

describe('objectiveLaws', () => {
  it('lets a plain squared error pass', () => expect(check({})).not.toThrow());

  it.each<[string, Partial<Objective>]>([
    ['finite', { coefficients: () => ({ weight: 1 / 0 }) }],
    ['same names', { coefficients: ({ t }) => (t < 0.5 ? { a: 1 } : { b: 1 }) }],
    ['one loss', { loss: (ctx) => tf.reshape(tf.mean(rows(ctx)), [1]) }],
    ['losses are finite', { loss: (ctx) => tf.log(tf.mul(rows(ctx), -1)) }],
    ['equal arguments', { loss: (ctx) => tf.add(rows(ctx), tf.randomUniform([1])) }],
    ['does not depend on the batch', { loss: (ctx) => tf.sub(rows(ctx), tf.mean(rows(ctx))) }],
    [
      'agrees with differences',
      {
        loss: (ctx) =>
          tf.customGrad((x) => ({ value: tf.square(x as tf.Tensor), gradFunc: (dy) => dy }))(rows(ctx)) as tf.Tensor1D,
      },
    ],
  ])('finds a broken law: %s', (law, change) => expect(check(change)).toThrow(law));
});
