import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnxRuntimeEngine } from '../../../../../src/plugins/engines/onnxruntime/node/engine.js';

const engine = onnxRuntimeEngine({ provider: 'cpu', layout: 'plain', threads: 1 });

beforeAll(async () => {
  await tf.setBackend('cpu');
  await engine.start();
});
afterAll(() => engine.stop());

const EDGES = [NaN, Infinity, -Infinity, 0, -0, 1e-8, -1e-8, 0.5, -0.5, 1.5, 2.5, -2.5, 7, -7, 100, -100];
const WHOLE = [0, 1, -1, 2, -2, 7, -7, 2 ** 31 - 1, -(2 ** 31)];

interface Result {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly numbers: readonly number[];
}

/** Shape, type and numbers of what a calculation gives. */
function outcome(work: () => tf.Tensor | tf.Tensor[]): readonly Result[] {
  return tf.tidy(() =>
    [work()].flat().map((x) => ({ shape: x.shape, dtype: x.dtype, numbers: Array.from(x.dataSync()) })),
  );
}

/** The same up to the last bits of float32. */
function isNear(a: number, b: number): boolean {
  return Object.is(a + 0, b + 0) || Math.abs(a - b) <= 1e-6 + 1e-5 * Math.abs(b);
}

function agreeWithCpu(work: () => tf.Tensor | tf.Tensor[]): void {
  const expected = outcome(work);
  const found = engine.run(() => outcome(work));
  const kinds = (results: readonly Result[]) => results.map(({ shape, dtype }) => ({ shape, dtype }));
  expect(kinds(found)).toEqual(kinds(expected));
  // What is near counts as equal, so that a failure shows the numbers that are not.
  const settled = found.map(({ numbers }, index) =>
    numbers.map((x, at) => (isNear(x, expected[index]?.numbers[at] ?? NaN) ? expected[index]?.numbers[at] : x)),
  );
  expect(settled).toEqual(expected.map(({ numbers }) => numbers));
}

const every = (values: readonly number[], dtype: 'float32' | 'int32'): tf.Tensor => tf.tensor1d([...values], dtype);
const column = (values: readonly number[], dtype: 'float32' | 'int32'): tf.Tensor =>
  tf.tensor2d([...values], [values.length, 1], dtype);

const operation = (name: string) => Reflect.get(tf, name) as (...operands: unknown[]) => tf.Tensor;

describe('kernels at the edges of numbers', () => {
  it.each([
    'abs',
    'neg',
    'sign',
    'ceil',
    'floor',
    'round',
    'square',
    'relu',
    'relu6',
    'elu',
    'selu',
    'leakyRelu',
    'step',
    'softplus',
    'sigmoid',
    'tanh',
    'exp',
    'expm1',
    'log1p',
    'sqrt',
    'rsqrt',
    'reciprocal',
    'erf',
    'sinh',
    'cosh',
    'asinh',
    'atan',
    'isNaN',
    'isInf',
    'isFinite',
  ] as const)('%s', (name) => {
    agreeWithCpu(() => operation(name)(every(EDGES, 'float32')));
  });

  it.each([
    'add',
    'sub',
    'mul',
    'div',
    'maximum',
    'minimum',
    'squaredDifference',
    'atan2',
    'prelu',
    'mod',
    'equal',
    'notEqual',
    'less',
    'lessEqual',
    'greater',
    'greaterEqual',
  ] as const)('%s of floats', (name) => {
    agreeWithCpu(() => operation(name)(every(EDGES, 'float32'), column(EDGES, 'float32')));
  });

  it.each(['add', 'sub', 'maximum', 'minimum', 'mod', 'floorDiv', 'equal', 'less', 'greaterEqual'] as const)(
    '%s of whole numbers, by 0 too',
    (name) => {
      agreeWithCpu(() => operation(name)(every(WHOLE, 'int32'), column(WHOLE, 'int32')));
    },
  );

  it('floorDiv of floats whose quotient is a whole number of 32 bits', () => {
    const values = EDGES.filter((x) => Math.abs(x) > 0.1 || x === 0 || Number.isNaN(x));
    agreeWithCpu(() => tf.floorDiv(every(values, 'float32'), column(values, 'float32')));
  });

  it.each(['int32', 'bool'] as const)('casts to %s', (dtype) => {
    agreeWithCpu(() => tf.cast(every(EDGES, 'float32'), dtype));
  });

  it('clips, and NaN stays', () => {
    agreeWithCpu(() => tf.clipByValue(every(EDGES, 'float32'), -1, 2));
  });

  it.each(['sum', 'mean', 'max', 'min', 'prod'] as const)('%s of numbers with NaN and infinity', (name) => {
    agreeWithCpu(() => operation(name)(tf.tensor2d([1, NaN, 3, Infinity, -2, 5], [3, 2]), 1));
  });

  it.each(['sum', 'prod', 'max', 'min'] as const)('%s of nothing', (name) => {
    agreeWithCpu(() => operation(name)(tf.zeros([2, 0, 3]), 1));
  });

  it('softmax of large and impossible logits', () => {
    agreeWithCpu(() => tf.softmax(tf.tensor2d([1000, -1000, 0, -Infinity, 0, 1], [2, 3])));
  });
});

describe('kernels at the edges of shapes', () => {
  const six = (): tf.Tensor => tf.range(0, 64).reshape([2, 2, 2, 2, 2, 2]);

  it.each([
    ['transpose', () => tf.transpose(six(), [5, 0, 4, 1, 3, 2])],
    ['sum', () => tf.sum(six(), [0, 2, 5])],
    ['slice', () => tf.slice(six(), [0, 1, 0, 1, 0, 1], [2, 1, 2, 1, 2, 1])],
    ['concat', () => tf.concat([six(), six()], 4)],
    ['broadcast', () => tf.add(six(), tf.range(0, 4).reshape([2, 1, 2]))],
    ['reverse', () => tf.reverse(six(), [1, 5])],
    ['gather', () => tf.gather(six(), tf.tensor1d([1, 0, 1], 'int32'), 3)],
    ['stack', () => tf.stack([six(), six()], -1)],
    ['unstack of one', () => tf.unstack(tf.ones([3, 1, 2]), 1)],
    ['split of one', () => tf.split(tf.ones([3, 2]), 1)],
    ['cumsum', () => tf.cumsum(six(), 2, true, true)],
    ['argMax', () => tf.argMax(six(), 3)],
    ['tile', () => tf.tile(six(), [1, 2, 1, 1, 1, 2])],
  ] as const)('rank six: %s', (_, work) => {
    agreeWithCpu(work);
  });

  it.each([
    ['sum', () => tf.sum(tf.scalar(3))],
    ['transpose', () => tf.transpose(tf.scalar(3))],
    ['reverse', () => tf.reverse(tf.scalar(3))],
    ['softmax of one', () => tf.softmax(tf.tensor1d([3]))],
    ['oneHot', () => tf.oneHot(tf.scalar(2, 'int32'), 4)],
    ['gather', () => tf.gather(tf.tensor1d([1, 2, 3]), tf.scalar(2, 'int32'))],
    ['where', () => tf.where(tf.scalar(true), tf.scalar(1), tf.scalar(2))],
  ] as const)('rank zero: %s', (_, work) => {
    agreeWithCpu(work);
  });

  it.each([
    ['concat', () => tf.concat([tf.zeros([0, 2]), tf.ones([1, 2])], 0)],
    ['matMul', () => tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3]))],
    ['add', () => tf.add(tf.zeros([0, 2]), tf.ones([2]))],
    [
      'pad',
      () =>
        tf.pad(
          tf.zeros([0, 2]),
          [
            [1, 1],
            [0, 0],
          ],
          5,
        ),
    ],
    ['gather', () => tf.gather(tf.ones([3, 2]), tf.tensor1d([], 'int32'))],
  ] as const)('nothing: %s', (_, work) => {
    agreeWithCpu(work);
  });

  it.each(['bool', 'int32'] as const)('moves of %s', (dtype) => {
    const x = (): tf.Tensor => tf.tensor2d([1, 0, 1, 1, 0, 0], [2, 3], dtype);
    agreeWithCpu(() => [
      tf.transpose(x()),
      tf.reverse(x(), 1),
      tf.tile(x(), [2, 1]),
      tf.pad(
        x(),
        [
          [1, 0],
          [0, 1],
        ],
        1,
      ),
      tf.concat([x(), x()], 1),
      tf.slice(x(), [0, 1], [2, 2]),
      tf.gather(x(), tf.tensor1d([1, 0], 'int32')),
      tf.where(tf.tensor2d([1, 0, 0, 1, 1, 0], [2, 3], 'bool'), x(), tf.zerosLike(x())),
      tf.mirrorPad(
        x(),
        [
          [1, 1],
          [0, 2],
        ],
        'reflect',
      ),
      tf.stridedSlice(x(), [0, 2], [2, 0], [1, -1]),
      ...tf.unstack(x(), 1),
    ]);
  });
});

describe('places that do not exist', () => {
  it.each([3, -1])('are an error when the result is read: %d', (place) => {
    const index = (): tf.Tensor => tf.tensor1d([place], 'int32');
    expect(() => engine.run(() => outcome(() => tf.gather(tf.ones([3]), index())))).toThrow('indices');
  });

  it.each([2, -1])('are not those of another batch: %d', (place) => {
    const indices = (): tf.Tensor => tf.tensor2d([place, 0], [2, 1], 'int32');
    expect(() => engine.run(() => outcome(() => tf.gather(tf.ones([2, 2]), indices(), 1, 1)))).toThrow('indices');
  });
});
