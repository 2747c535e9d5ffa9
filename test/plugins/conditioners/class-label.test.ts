import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Roles } from 'rxdiffusion';
import { made } from '../plugins-of.js';

beforeAll(() => tf.setBackend('cpu'));

const labelsOf = (conditioning: Readonly<Record<string, tf.Tensor>> | undefined): number[] => [
  ...(conditioning?.['classLabels']?.dataSync() ?? []),
];

describe('class-label', () => {
  const conditioner = made(Roles.conditioner, 'class-label', { classes: 10, dropout: 0.25 });

  it('says one label for all, or one for each; the other side is the null class', async () => {
    const { encode } = await conditioner;
    tf.tidy(() => {
      const one = encode(3, { count: 2 });
      expect([labelsOf(one.conditional), labelsOf(one.unconditional)]).toEqual([
        [3, 3],
        [10, 10],
      ]);
      expect(labelsOf(encode([0, 9], { count: 2 }).conditional)).toEqual([0, 9]);
    });
  });

  it('knows one class more than it was told: the null class', async () => {
    expect((await conditioner).classes).toBe(11);
  });

  it('drops labels whose number lies below the share', async () => {
    const { encodeTraining } = await conditioner;
    tf.tidy(() => {
      const uniform = (sample: number): number => [0.1, 0.3, 0.24, 0.26][sample] ?? 0;
      expect(labelsOf(encodeTraining(Int32Array.of(1, 2, 3, 4), { count: 4, uniform }))).toEqual([10, 2, 10, 4]);
    });
  });

  it.each([[10], [11], [-1], [1.5], ['three'], [undefined], [null], [[1, 2, 3]], [[1, 77]]])(
    'refuses %j',
    async (input) => {
      const { encode } = await conditioner;
      expect(() => void encode(input, { count: 2 })).toThrow(/RXD_CONDITION_INVALID/);
    },
  );

  it('refuses training data without labels', async () => {
    const { encodeTraining } = await conditioner;
    expect(() => void encodeTraining(undefined, { count: 2, uniform: () => 0.5 })).toThrow('RXD_CONDITION');
  });

  it('keeps every label that it is given', async () => {
    const { encode } = await conditioner;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 20 }), (labels) => {
        tf.tidy(() => {
          expect(labelsOf(encode(labels, { count: labels.length }).conditional)).toEqual(labels);
        });
      }),
    );
  });
});
