import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, of, toArray } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Denoiser } from '../../../src/core/contracts/denoiser.js';
import type { Branch, Guidance } from '../../../src/core/contracts/guidance.js';
import type { Conditioner, ConditionInputs } from '../../../src/core/contracts/conditioning.js';
import type { Sampler } from '../../../src/core/contracts/sampler.js';
import { pixels } from '../../../src/pipelines/sampling/pixels.js';
import { reverse } from '../../../src/pipelines/sampling/reverse.js';
import { startingNoise } from '../../../src/pipelines/sampling/starting-noise.js';
import { cpu, euler, parts } from './parts.js';

/** Says x0 = 0 everywhere, and a variance of 3 on the conditional side (label 1), of 7 on the other (label 0). */
const learning: Denoiser = {
  info: { sampleShape: [2], classes: 2, learnsVariance: true },
  parameters: {},
  predict(_, x, __, { classLabels }) {
    const label = tf.reshape(tf.cast(classLabels as tf.Tensor, 'float32'), [-1, 1]);
    const variance = tf.add(tf.zerosLike(x), tf.sub(7, tf.mul(label, 4)));
    return tf.concat([tf.zerosLike(x), variance], -1);
  },
};

/** Ends at the variance of its last estimate. */
const telling: Sampler = {
  ...euler,
  step: ({ x }, { from, denoise, combine }) => ({ x: combine([1, denoise(x, from).variance ?? x]) }),
};

const labelled = (label: number): ConditionInputs => ({
  classLabels: { kind: 'numbers', data: Int32Array.of(label), shape: [1] },
});
const conditioner: Conditioner = {
  reads: [],
  prepare: () => labelled(1),
  prepareNothing: () => labelled(0),
  prepareBatch: () => labelled(1),
  encode: (_, { classLabels }) => ({ classLabels: classLabels! }),
};

async function end(guidance?: Guidance): Promise<readonly number[]> {
  const all = { ...parts(learning, telling), conditioner, guidance };
  const events = of({ steps: 2 }).pipe(startingNoise(all), reverse(all), pixels('x'), toArray());
  const seen = await lastValueFrom(events);
  return [...(seen.at(-1)?.images.data ?? [])];
}

const unconditional: Branch = { name: 'unconditional', condition: 'unconditional' };
const guided = (...branches: readonly Branch[]): Guidance => ({
  branches: () => branches,
  init: () => ({}),
  combine: (state, { x, combine }) => [state, { denoised: combine([0, x]), noise: x }],
});

describe('a learned variance', () => {
  beforeEach(() => cpu.start());

  it('reaches the sampler', async () => expect(await end()).toEqual([3, 3]));

  it('stays beside a guided estimate: that of the conditional side, or of the one that there is', async () => {
    expect(await end(guided({ name: 'conditional' }, unconditional))).toEqual([3, 3]);
    expect(await end(guided(unconditional))).toEqual([7, 7]);
  });

  it('gives way to one that guidance says', async () => {
    const said: Guidance = {
      ...guided({ name: 'conditional' }, unconditional),
      combine: (state, { x, combine }) => [state, { denoised: x, noise: x, variance: combine([0, x]) }],
    };
    expect(await end(said)).toEqual([0, 0]);
  });
});
