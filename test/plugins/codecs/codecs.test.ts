import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { codecLaws } from '../../../src/testing/codec-laws.js';
import { latentMask } from '../../../src/core/codec/latent-mask.js';
import type { Codec } from '../../../src/core/contracts/codec.js';
import { Roles } from '../../../src/core/assembly/roles.js';
import { made } from '../plugins-of.js';

const sizes = [
  { height: 8, width: 8 },
  { height: 8, width: 16, channels: 3, patch: 4 },
  { height: 16, width: 8, channels: 2, patch: 8, scale: 0.5 },
];

describe('patches', () => {
  it.each(sizes)('keeps the laws of codecs: %j', async (config) => {
    codecLaws(await made(Roles.codec, 'patches', config));
  });

  it('has the means of patches in its first channel, and keeps lengths', async () => {
    const codec = await made(Roles.codec, 'patches', { height: 2, width: 4 });
    tf.tidy(() => {
      const latents = codec.encode({}, tf.tensor([1, 2, 5, 5, 3, 4, 5, 5], [1, 2, 4, 1]));
      expect([...latents.dataSync()]).toEqual([5, -1, -2, 0, 10, 0, 0, 0]);
    });
  });
});

describe('the laws of codecs can fail', () => {
  const codec = (change: Partial<Codec>): Codec => ({
    ...{ info: { imageShape: [2], latentShape: [2] }, scale: 1, shift: 0, parameters: {} },
    ...{ encode: (_, x) => tf.neg(x), decode: (_, x) => tf.neg(x) },
    ...change,
  });

  it('passes what keeps them', () => expect(() => codecLaws(codec({}))).not.toThrow());

  it.each([
    ['float32 \\[3, 2\\]', { encode: (_: unknown, x: tf.Tensor) => tf.sum(x, 1, true) }],
    ['equal calls', { encode: (_: unknown, x: tf.Tensor) => tf.add(x, tf.randomNormal(x.shape)) }],
    ['equals its singles', { decode: (_: unknown, x: tf.Tensor) => tf.neg(tf.sub(x, tf.mean(x))) }],
    ['within', { decode: (_: unknown, x: tf.Tensor) => x }],
    ['finite', { decode: (_: unknown, x: tf.Tensor) => tf.div(x, 0) }],
    ['scale', { scale: 0 }],
    ['shift', { shift: Number.NaN }],
  ] as const)('%s', (says, change) => {
    expect(() => codecLaws(codec(change as Partial<Codec>))).toThrow(new RegExp(says));
  });
});

describe('a mask on the grid of latents', () => {
  it.each([
    ['a pixel makes its cell', [4, 4, 1], [2, 2, 1], [5], [1, 0, 0, 0]],
    ['all channels of the cell', [4, 4, 1], [2, 2, 2], [15], [0, 0, 0, 0, 0, 0, 1, 1]],
    ['each sample has its own', [2, 2, 1], [1, 1, 1], [6], [0, 1]],
    ['a pixel over an edge makes both', [3, 1, 1], [2, 1, 1], [1], [1, 1]],
    ['a cell smaller than a pixel', [1, 2, 1], [1, 4, 1], [1], [0, 0, 1, 1]],
    ['no grid: the sample', [2, 2, 1], [3], [3], [1, 1, 1]],
    ['points: the sample', [4], [2], [3], [1, 1]],
    ['nothing where nothing is made', [2, 2, 1], [1, 1, 1], [], [0]],
  ] as const)('%s', (_, image, latent, made, expected) => {
    const count = Math.ceil((1 + Math.max(0, ...made)) / image.reduce((a: number, b) => a * b, 1));
    const mask = new Float32Array(count * image.reduce((a: number, b) => a * b, 1));
    for (const at of made) mask[at] = 0.5;
    expect([...latentMask(mask, image, latent)]).toEqual([...expected]);
  });
});
