import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Roles, type Columns, type Conditioner } from 'rxdiffusion';
import { conditionerLaws } from 'rxdiffusion/testing';
import { made } from '../plugins/plugins-of.js';

beforeAll(() => tf.setBackend('cpu'));

const label = { kind: 'numbers', data: Int32Array.of(0, 2, 1), shape: [3] } as const;
const caption = { kind: 'text', values: ['red', 'a green', ''] } as const;

describe('conditionerLaws', () => {
  it.each([
    ['class-label', { classes: 3, dropout: 0.5 }, [0, 2], [3, -1, 'one', [0]], { label }],
    ['words', { vocabulary: ['a', 'red', 'green'], length: 2, width: 3 }, ['red', 'A green'], ['blue', 7], { caption }],
  ] as const)('hold for %s', async (name, config, conditions, refused, columns) => {
    const conditioner = await made(Roles.conditioner, name, config);
    await conditionerLaws(conditioner, { conditions, refused, columns });
    conditioner.dispose?.();
  });

  let calls = 0;
  const good: Conditioner = {
    reads: ['label'],
    gives: { value: { dtype: 'float32', shape: [1] } },
    prepare: () => ({ number: { kind: 'numbers', data: Float32Array.of(1), shape: [1, 1] } }),
    prepareBatch: ({ label: read }) => ({
      number: { kind: 'numbers', data: Float32Array.from(numbersOf(read)), shape: [3, 1] },
    }),
    encode: (_, { number }) => ({ value: tf.mul(number as tf.Tensor, 2) }),
  };

  it('hold for a plain one', () => conditionerLaws(good, { conditions: [1], columns: { label } }));

  it.each<[law: string, conditioner: Conditioner]>([
    ['the columns that it reads', { ...good, reads: ['caption'] }],
    [
      'equal conditions give',
      { ...good, prepare: () => ({ number: { kind: 'numbers', data: Float32Array.of(calls++), shape: [1, 1] } }) },
    ],
    [
      'one for each sample',
      { ...good, prepareNothing: () => ({ number: { kind: 'numbers', data: new Float32Array(2), shape: [2, 1] } }) },
    ],
    ['is as `gives` says', { ...good, gives: { value: { dtype: 'float32', shape: [2] } } }],
    ['it gives other', { ...good, gives: { ...good.gives, other: { dtype: 'float32', shape: [] } } }],
    [
      'a batch equals its singles',
      { ...good, encode: (_, { number }) => ({ value: tf.sub(number as tf.Tensor, tf.mean(number as tf.Tensor)) }) },
    ],
    [
      'the same names and types',
      {
        ...good,
        gives: { value: { dtype: 'float32', shape: [1] } },
        encode: (_, { number }) => {
          const value = number as tf.Tensor;
          return value.shape[0] === 1 ? { value } : { value: tf.expandDims(value, 1) };
        },
      },
    ],
    ['is refused with RXD_CONDITION_INVALID', good],
  ])('notice one that breaks "%s"', async (law, conditioner) => {
    const refused = law.includes('refused') ? ['left'] : [];
    const broken = law.includes('names and types') ? { ...conditioner, gives: undefined as never } : conditioner;
    await expect(conditionerLaws(broken, { conditions: [1], refused, columns: { label } })).rejects.toThrow(law);
  });
});

function numbersOf(column: Columns[string] | undefined): ArrayLike<number> {
  return column?.kind === 'numbers' ? column.data : [];
}
