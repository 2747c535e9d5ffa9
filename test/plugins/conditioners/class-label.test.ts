import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Roles } from 'rxdiffusion';
import type { Columns } from '../../../src/core/contracts/columns.js';
import type { Conditioner, ConditionInputs } from '../../../src/core/contracts/conditioning.js';
import { made } from '../plugins-of.js';

beforeAll(() => tf.setBackend('cpu'));

const labelsOf = (inputs: unknown): number[] => [...((inputs as ConditionInputs)['classLabels']?.data ?? [])];
const labelled = (...labels: readonly number[]): Columns => ({
  label: { kind: 'numbers', data: Int32Array.from(labels), shape: [labels.length] },
});

describe('class-label', () => {
  const conditioner = made(Roles.conditioner, 'class-label', { classes: 10, dropout: 0.25 });
  const prepared = async (condition: unknown, count: number): Promise<number[]> =>
    labelsOf(await (await conditioner).prepare(condition, { count }));

  it('says one label for all, or one for each; no condition is the null class', async () => {
    expect(await prepared(3, 2)).toEqual([3, 3]);
    expect(await prepared([0, 9], 2)).toEqual([0, 9]);
    expect(labelsOf(await (await conditioner).prepareNothing?.({ count: 2 }))).toEqual([10]);
  });

  it('gives the network the labels as they are', async () => {
    const { encode } = await conditioner;
    tf.tidy(() => {
      const classLabels = tf.tensor1d([1, 10], 'int32');
      expect(encode({}, { classLabels })).toEqual({ classLabels });
    });
  });

  it('knows one class more than it was told: the null class', async () => {
    expect((await conditioner).classes).toBe(11);
  });

  it('drops labels whose number lies below the share', async () => {
    const uniform = (sample: number): number => [0.1, 0.3, 0.24, 0.26][sample] ?? 0;
    const batch = await (await conditioner).prepareBatch(labelled(1, 2, 3, 4), { count: 4, uniform });
    expect(labelsOf(batch)).toEqual([10, 2, 10, 4]);
  });

  it.each([[10], [11], [-1], [1.5], ['three'], [undefined], [null], [[1, 2, 3]], [[1, 77]]])(
    'refuses %j',
    async (condition) => {
      const { prepare } = await conditioner;
      expect(() => void prepare(condition, { count: 2 })).toThrow(/RXD_CONDITION_INVALID/);
    },
  );

  it('refuses training data without labels', async () => {
    const own: Conditioner = await conditioner;
    expect(() => void own.prepareBatch({}, { count: 2, uniform: () => 0.5 })).toThrow('RXD_CONDITION');
  });

  it('keeps every label that it is given', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 20 }), async (labels) => {
        expect(await prepared(labels, labels.length)).toEqual(labels);
      }),
    );
  });
});
