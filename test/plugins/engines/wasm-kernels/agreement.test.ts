import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/core/contracts/engine.js';
import { attention } from '../../../../src/core/kernels/attention.js';
import { embeddingLookup } from '../../../../src/core/kernels/embedding-lookup.js';
import { groupNorm } from '../../../../src/core/kernels/group-norm.js';
import { silu } from '../../../../src/core/kernels/silu.js';
import { upsampleNearest2x } from '../../../../src/core/kernels/upsample-nearest-2x.js';
import { tfjsWasm } from '../../../../src/plugins/engines/tfjs-wasm.js';
import { allowTensors } from '../../../leak-guard.js';
import { expectClose, outputAndGradients } from '../../../core/kernels/compare.js';

type Work = (...inputs: never[]) => tf.Tensor;
type Case = readonly [name: string, work: Work, shapes: readonly (readonly number[])[]];
type Padding = 'same' | 'valid' | number | tf.backend_util.ExplicitPadding;

let wasm: Engine;

beforeAll(async () => {
  await tf.setBackend('cpu');
  wasm = await tfjsWasm.create({ config: {} });
  await wasm.start();
});
afterAll(() => wasm.stop());

/** Output to 1e-5 and gradients to 1e-4 of the cpu backend's, whose kernels are tfjs's reference; and no leaks. */
function agrees(work: Work, shapes: readonly (readonly number[])[]): void {
  const expected = outputAndGradients(work as (...inputs: tf.Tensor[]) => tf.Tensor, shapes);
  const before = tf.memory();
  const backend = wasm.run(() => tf.backend());
  const places = backend.numDataIds();
  const actual = wasm.run(() => outputAndGradients(work as (...inputs: tf.Tensor[]) => tf.Tensor, shapes));
  actual.forEach((values, index) => expectClose(values, expected[index] as Float32Array, index === 0 ? 1e-5 : 1e-4));
  expect(tf.memory().numTensors).toBe(before.numTensors);
  expect(backend.numDataIds()).toBe(places);
}

function conv(size: [number, number], channels: [number, number], filter: number, stride: number, pad: Padding): Case {
  const work = (x: tf.Tensor4D, w: tf.Tensor4D): tf.Tensor =>
    tf.conv2d(x, w, stride, pad, 'NHWC', 1, typeof pad === 'string' ? undefined : 'floor');
  const name = `conv2d ${size.join('x')} ${channels.join('->')} filter ${filter} stride ${stride} pad ${JSON.stringify(pad)}`;
  return [
    name,
    work,
    [
      [3, ...size, channels[0]],
      [filter, filter, ...channels],
    ],
  ];
}

const product = (a: readonly number[], b: readonly number[], turnA: boolean, turnB: boolean): Case => [
  `matMul ${a.join('x')} ${b.join('x')} ${String(turnA)} ${String(turnB)}`,
  (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, turnA, turnB),
  [a, b],
];

const one = (name: string, work: (x: tf.Tensor) => tf.Tensor, shape: readonly number[]): Case => [name, work, [shape]];

describe('convolution on wasm', () => {
  it.each<Case>([
    conv([8, 8], [3, 5], 3, 1, 1),
    conv([8, 8], [3, 5], 3, 1, 'same'),
    conv([8, 8], [3, 5], 3, 1, 'valid'),
    conv([8, 8], [3, 5], 3, 2, 1),
    conv([8, 8], [3, 5], 3, 2, 'same'),
    conv([7, 9], [3, 5], 3, 2, 'same'),
    conv([7, 6], [3, 5], 3, 2, 'valid'),
    conv([7, 7], [17, 9], 1, 1, 'valid'),
    conv([7, 7], [2, 3], 1, 2, 'same'),
    conv([8, 8], [1, 1], 5, 3, 2),
    conv([8, 8], [2, 3], 2, 2, 'valid'),
    conv([9, 9], [2, 3], 3, 2, [
      [0, 0],
      [0, 1],
      [0, 1],
      [0, 0],
    ]),
    conv([5, 5], [2, 3], 3, 1, [
      [0, 0],
      [2, 1],
      [0, 2],
      [0, 0],
    ]),
    conv([8, 8], [2, 3], 3, 1, [
      [0, 0],
      [3, 3],
      [3, 3],
      [0, 0],
    ]),
  ])('%s', (_, work, shapes) => agrees(work, shapes));

  it('refuses the gradient of a dilated convolution', () => {
    const work = (x: tf.Tensor): tf.Tensor => tf.conv2d(x as tf.Tensor4D, tf.ones([3, 3, 2, 2]), 1, 'same', 'NHWC', 2);
    expect(() => wasm.run(() => tf.tidy(() => tf.grad(work)(tf.ones([1, 6, 6, 2]))))).toThrow(/dilation/);
    // What tfjs saved for a gradient that throws stays.
    allowTensors(2);
  });
});

describe('products on wasm', () => {
  it.each<Case>([
    product([5, 7], [7, 3], false, false),
    product([7, 5], [7, 3], true, false),
    product([5, 7], [3, 7], false, true),
    product([7, 5], [3, 7], true, true),
    product([33, 40], [33, 17], true, false),
    product([2, 3, 5, 7], [2, 3, 7, 4], false, false),
    product([2, 3, 7, 5], [2, 3, 4, 7], true, true),
  ])('%s', (_, work, shapes) => agrees(work, shapes));
});

describe('kernels of ours on wasm', () => {
  it.each<Case>([
    ...[1, 4, 12].map((groups): Case => [
      `groupNorm, ${groups} groups`,
      (x: tf.Tensor, scale: tf.Tensor, bias: tf.Tensor) => groupNorm(x, scale, bias, groups, 1e-5),
      [[3, 5, 3, 12], [12], [12]],
    ]),
    [
      'groupNorm of channels that fill no vector',
      (x: tf.Tensor, s: tf.Tensor, b: tf.Tensor) => groupNorm(x, s, b, 2, 1e-5),
      [[2, 7, 6], [6], [6]],
    ],
    one('silu', silu, [3, 5, 7]),
    one('upsampleNearest2x', (x) => upsampleNearest2x(x as tf.Tensor4D), [3, 5, 7, 2]),
    ...[1, 2, 3].map((heads): Case => [
      `attention, ${heads} heads`,
      (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) => attention(q, k, v, heads),
      [
        [3, 5, 12],
        [3, 4, 12],
        [3, 4, 12],
      ],
    ]),
    one('embeddingLookup', (x) => embeddingLookup(x as tf.Tensor2D, tf.tensor1d([2, 0, 2], 'int32')), [4, 3]),
  ])('%s', (_, work, shapes) => agrees(work, shapes));
});

describe('shapes and sums on wasm', () => {
  it.each<Case>([
    ...[0, 1, 2, -1].map((axis): Case => [
      `concat along ${axis}`,
      (a: tf.Tensor, b: tf.Tensor) => tf.concat([a, b], axis),
      [
        [2, 3, 4],
        [2, 3, 4],
      ],
    ]),
    [
      'concat of unequal parts',
      (a: tf.Tensor, b: tf.Tensor) => tf.concat([a, b], 1),
      [
        [2, 3, 40],
        [2, 5, 40],
      ],
    ],
    one('slice along one axis', (x) => tf.slice(x, [0, 1, 0], [2, 2, 4]), [2, 3, 4]),
    one('slice along two axes', (x) => tf.slice(x, [0, 1, 1], [1, 2, 2]), [2, 3, 4]),
    one('slice of everything', (x) => tf.slice(x, [0, 0, 0]), [2, 3, 4]),
    ...[
      [1, 0, 2],
      [0, 2, 1],
      [2, 0, 1],
      [1, 2, 0],
      [2, 1, 0],
      [0, 1, 2],
    ].map((perm) => one(`transpose ${perm.join(' ')}`, (x) => tf.transpose(x, perm), [17, 3, 20])),
    one('transpose 0 2 1 3', (x) => tf.transpose(x, [0, 2, 1, 3]), [2, 3, 4, 5]),
    ...[[0], [0, 1], [1], [0, 2], [0, 1, 2], [2, 1], [1, 0], [-3]].map((axes) =>
      one(`sum over ${axes.join(' ')}`, (x) => tf.sum(x, axes), [3, 4, 5]),
    ),
    one('sum of everything', (x) => tf.sum(x), [3, 4, 5]),
    one('sum that keeps its axes', (x) => tf.sum(x, [0, 1], true), [3, 4, 5]),
    ['bias', (x: tf.Tensor, b: tf.Tensor) => tf.add(x, b), [[2, 3, 4, 5], [5]]],
    [
      'bias of each image',
      (x: tf.Tensor, b: tf.Tensor) => tf.add(x, b),
      [
        [2, 3, 4, 5],
        [2, 1, 1, 5],
      ],
    ],
  ])('%s', (_, work, shapes) => agrees(work, shapes));
});

describe('kernels borrowed from the cpu backend', () => {
  it.each<Case>([
    one('gather', (x) => tf.gather(x, tf.tensor1d([1, 0, 1], 'int32')), [4, 3]),
    [
      'depthwiseConv2d',
      (x: tf.Tensor4D, w: tf.Tensor4D) => tf.depthwiseConv2d(x, w, 1, 'same'),
      [
        [2, 5, 5, 3],
        [3, 3, 3, 1],
      ],
    ],
  ])('%s', (_, work, shapes) => agrees(work, shapes));
});
