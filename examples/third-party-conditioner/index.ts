/**
 * A number as the condition: an angle, a temperature, an age. The network attends to one token of sines and cosines of it.
 *
 * Fourier features, `[sin(2 pi f_i v), cos(2 pi f_i v)]` with `f_i = 2^i` (Tancik et al. 2020, "Fourier Features Let Networks
 * Learn High Frequency Functions in Low Dimensional Domains", equation 5; Mildenhall et al. 2020, "NeRF", equation 4).
 */
import { definePlugin, DiffusionError, Roles, type Conditioner, type ConditionInputs } from 'rxdiffusion/plugin';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';

/** Numbers, and 1 beside each that counts: without a condition the token is zero. */
function inputs(values: readonly number[], counts: readonly boolean[]): ConditionInputs {
  const data = Float32Array.from(values.flatMap((value, row) => [value, counts[row] ? 1 : 0]));
  return { numbers: { kind: 'numbers', data, shape: [values.length, 2] } };
}

function numbersOf(condition: unknown, count: number): number[] {
  const values: unknown[] = Array.isArray(condition) ? condition : [condition];
  if (values.every((value) => Number.isFinite(value)) && [1, count].includes(values.length)) return values as number[];
  throw new DiffusionError('RXD_CONDITION_INVALID', {
    plugin: 'conditioner/fourier-features',
    problem: 'a condition is a number, or one for each sample.',
    got: JSON.stringify(condition) ?? String(condition),
    expected: `a finite number, or ${count} of them`,
    fix: 'Give `condition: 0.5`, or a list as long as the batch.',
  });
}

export const fourierFeatures = definePlugin({
  role: Roles.conditioner,
  name: 'fourier-features',
  summary: 'A number as one token of sines and cosines.',
  reference: 'Tancik et al. 2020, equation 5; Mildenhall et al. 2020, equation 4',
  tags: { when: 'the condition is a quantity, and samples should follow it smoothly' },
  config: z.strictObject({
    column: z.string().min(1).default('value').describe('the column of the dataset that holds the numbers'),
    frequencies: z.int().min(1).max(16).default(4).describe('octaves; a token has twice as many numbers'),
    dropout: z.number().min(0).max(1).default(0.1).describe('share of training examples without their number'),
  }),
  create: ({ config: { column, frequencies, dropout } }): Conditioner => ({
    reads: [column],
    gives: { tokens: { dtype: 'float32', shape: [1, 2 * frequencies] } },
    prepare: (condition, { count }) => inputs(numbersOf(condition, count), Array<boolean>(count).fill(true)),
    prepareNothing: () => inputs([0], [false]),
    prepareBatch({ [column]: given }, { count, uniform }) {
      const values = numbersOf(given?.kind === 'numbers' ? [...given.data] : undefined, count);
      const counts = values.map((_, example) => uniform(example) >= dropout);
      return inputs(values, counts);
    },
    encode(_, { numbers }) {
      const [value, counts] = tf.split(numbers as tf.Tensor2D, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
      const octaves = tf.tensor2d([Array.from({ length: frequencies }, (_, i) => 2 * Math.PI * 2 ** i)]);
      const angles = tf.matMul(value, octaves);
      return { tokens: tf.expandDims(tf.mul(counts, tf.concat([tf.sin(angles), tf.cos(angles)], 1)), 1) };
    },
  }),
});
