import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Roles, type ConditionInputs, type Conditioner } from 'rxdiffusion';
import { made } from '../plugins-of.js';

beforeAll(() => tf.setBackend('cpu'));

const config = { vocabulary: ['a', 'red', 'green', 'Circle'], length: 3, width: 2, dropout: 0.5, column: 'said' };
const idsOf = (inputs: ConditionInputs): readonly (readonly number[])[] => {
  const { data = [], shape = [] } = inputs['words'] ?? {};
  const length = shape[1] ?? 1;
  return Array.from({ length: data.length / length }, (_, row) => [...data].slice(row * length, (row + 1) * length));
};
async function withWords<T>(use: (conditioner: Conditioner) => T | Promise<T>): Promise<T> {
  const conditioner = await made(Roles.conditioner, 'words', config);
  try {
    return await use(conditioner);
  } finally {
    conditioner.dispose?.();
  }
}

describe('words', () => {
  it('numbers words in lower case, pads short texts, and says no condition by an empty text', () =>
    withWords(async (conditioner) => {
      const asked = await conditioner.prepare(['a RED  circle', 'green'], { count: 2 });
      expect(idsOf(asked)).toEqual([
        [1, 2, 4],
        [3, 0, 0],
      ]);
      expect(idsOf(await conditioner.prepare('green', { count: 5 }))).toEqual([[3, 0, 0]]);
      expect(idsOf((await conditioner.prepareNothing?.({ count: 2 })) ?? {})).toEqual([[0, 0, 0]]);
    }));

  it('reads the column that it was told, and drops texts whose number lies below the share', () =>
    withWords(async (conditioner) => {
      expect(conditioner.reads).toEqual(['said']);
      const said = { kind: 'text', values: ['red', 'green'] } as const;
      const uniform = (example: number): number => [0.4, 0.6][example] ?? 0;
      expect(idsOf(await conditioner.prepareBatch({ said }, { count: 2, uniform }))).toEqual([
        [0, 0, 0],
        [3, 0, 0],
      ]);
    }));

  it('encodes each word at its place: a vector of the word and one of the place', () =>
    withWords((conditioner) => {
      tf.tidy(() => {
        const { parameters = {} } = conditioner;
        const words = tf.tensor2d([[2, 0, 2]], [1, 3], 'int32');
        const tokens = conditioner.encode(parameters, { words })['tokens'] as tf.Tensor;
        expect(tokens.shape).toEqual([1, 3, 2]);
        const [table, places] = ['words.weight', 'places.weight'].map(
          (name) => parameters[name]?.arraySync() as number[][],
        );
        const expected = [2, 0, 2].map((word, place) => [0, 1].map((i) => table![word]![i]! + places![place]![i]!));
        (tokens.arraySync() as number[][][])[0]?.forEach((token, place) =>
          token.forEach((value, i) => expect(value).toBeCloseTo(expected[place]?.[i] ?? Number.NaN, 5)),
        );
      });
    }));

  it.each([
    ['blue circle', /the word blue[^]*a, circle, green, red/],
    ['gren', /did you mean 'green'/],
    ['a a a a', /4 words[^]*at most 3/],
    [7, /got: 7/],
    [['red', 'green', 'red'], /a list of 2/],
    [undefined, /a text/],
  ])('refuses %j', (condition, says) =>
    withWords((conditioner) => {
      const refused = { code: 'RXD_CONDITION_INVALID', message: expect.stringMatching(says) as string };
      expect(() => void conditioner.prepare(condition, { count: 2 })).toThrow(expect.objectContaining(refused));
    }),
  );

  it('refuses data without the column', () =>
    withWords((conditioner) => {
      const ctx = { count: 2, uniform: () => 1 };
      expect(() => void conditioner.prepareBatch({}, ctx)).toThrow(/RXD_CONDITION_INVALID/);
    }));
});
