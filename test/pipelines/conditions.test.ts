import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ConditionInputs, Conditioning, ConditionSpec } from '../../src/core/contracts/conditioning.js';
import { definePlugin } from '../../src/core/assembly/define-plugin.js';
import { Roles } from '../../src/core/assembly/roles.js';
import { diffusion } from '../../src/pipelines/diffusion.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';

const side = (which: number): ConditionInputs => ({
  side: { kind: 'numbers', data: Int32Array.of(which), shape: [1] },
});

/** Says what it is told to say. */
const saying = (name: string, gives: ConditionSpec, sides: readonly (() => Conditioning)[]) =>
  definePlugin({
    role: Roles.conditioner,
    name,
    config: z.strictObject({}),
    create: () => ({
      reads: [],
      gives,
      prepare: () => side(0),
      prepareNothing: () => side(1),
      prepareBatch: () => side(0),
      encode: (_, { side: which }) => sides[which?.dataSync()[0] ?? 0]?.() ?? {},
    }),
  });
const labels = (dtype: 'int32' | 'float32', shape: readonly (number | string)[] = []): ConditionSpec => ({
  classLabels: { dtype, shape },
});
const numbers = (): tf.Tensor => tf.zeros([1], 'int32');
const plugins = [
  ...standardPlugins,
  saying('texts', { tokens: { dtype: 'int32', shape: ['tokens'] } }, []),
  saying('float-labels', labels('float32'), []),
  saying('rows', labels('int32', [3]), []),
  saying('other-names', labels('int32'), [() => ({ classLabels: numbers() }), () => ({ classes: numbers() })]),
  saying('other-types', labels('int32'), [() => ({ classLabels: numbers() }), () => ({ classLabels: tf.zeros([1]) })]),
  saying('other-shapes', labels('int32'), [
    () => ({ classLabels: numbers() }),
    () => ({ classLabels: tf.zeros([1, 2], 'int32') }),
  ]),
];
const pipelineOf = (slots: object) =>
  diffusion({ format: 1, preset: 'ddpm', plugins: { engine: 'tfjs-cpu', sampler: 'ddim', ...slots } }, { plugins });
const mlp = (classes?: number, width = 4) => ({
  name: 'mlp',
  config: { width, blocks: 1, ...(classes === undefined ? {} : { classes }) },
});
const classLabel = (classes: number) => ({ name: 'class-label', config: { classes } });

describe('data, conditioner and network agree at assembly', () => {
  it.each<[what: string, says: RegExp, slots: object]>([
    [
      'fewer classes than the data',
      /dataset two-moons with 2[^]*with 1/,
      { denoiser: mlp(2), conditioner: classLabel(1) },
    ],
    [
      'more classes than the data',
      /dataset two-moons with 2[^]*with 3/,
      { denoiser: mlp(4), conditioner: classLabel(3) },
    ],
    ['a table without the null class', /2 classes/, { denoiser: mlp(2), conditioner: classLabel(2) }],
    ['a table with more classes', /null class/, { denoiser: mlp(9), conditioner: classLabel(2) }],
    ['a network of classes and nobody who says them', /no conditioner/, { denoiser: mlp(3) }],
    [
      'a weaker network of fewer classes',
      /2 classes/,
      { denoiser: mlp(3), 'denoiser:weak': mlp(2), conditioner: classLabel(2) },
    ],
    ['another condition', /tokens int32 \[N, tokens\][^]*classLabels/, { denoiser: mlp(3), conditioner: 'texts' }],
    ['another type', /classLabels float32/, { denoiser: mlp(3), conditioner: 'float-labels' }],
    ['another shape', /classLabels int32 \[N, 3\]/, { denoiser: mlp(3), conditioner: 'rows' }],
    ['a condition that nobody reads', /tokens/, { denoiser: mlp(), conditioner: 'texts' }],
  ])('refused: %s', async (_, says, slots) => {
    const made = pipelineOf({ dataset: 'two-moons', ...slots });
    await expect(made).rejects.toMatchObject({
      code: 'RXD_COMBINATION',
      message: expect.stringMatching(says) as string,
    });
  });

  it('and as many as there are, with the null class', async () => {
    await using pipeline = await pipelineOf({ dataset: 'two-moons', denoiser: mlp(3), conditioner: classLabel(2) });
    expect(pipeline.explain()).toContain('class-label');
  });
});

describe('the sides of guidance', () => {
  it.each(['other-names', 'other-types', 'other-shapes'])('%s: refused when the run starts', async (conditioner) => {
    await using pipeline = await pipelineOf({ denoiser: mlp(3), conditioner });
    const error = {
      code: 'RXD_PLUGIN_OUTPUT',
      message: expect.stringMatching(/do not agree[^]*conditional/) as string,
    };
    await expect(pipeline.sample({ steps: 1 })).rejects.toMatchObject(error);
  });
});
