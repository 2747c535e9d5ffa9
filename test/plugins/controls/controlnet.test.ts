import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  catalogue,
  definePlugin,
  diffusion,
  Roles,
  standardPlugins,
  type Conditioner,
  type Control,
  type Denoiser,
  type PlainTensors,
} from 'rxdiffusion';
import { controlLaws, denoiserLaws } from 'rxdiffusion/testing';
import { philox } from 'rxdiffusion/plugin';
import { toDisk } from '../../../src/core/tensors/parameters.js';
import { readableOf } from '../../../src/core/tensors/readable-tensor.js';
import { outputOf } from '../../../src/core/tensors/network-output.js';
import { made, pluginsOf } from '../plugins-of.js';

const SHARED = {
  ...{ in_channels: 2, block_out_channels: [4, 8], layers_per_block: 1, norm_num_groups: 2, attention_head_dim: 2 },
  ...{ down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'], cross_attention_dim: 6 },
};
const CONTROL = { ...SHARED, conditioning_embedding_out_channels: [3, 5] };
const UNET = {
  ...{ ...SHARED, sample_size: 4, out_channels: 2 },
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'],
};
const IMAGE = { 'image height': 8, 'image width': 8 };

beforeAll(() => tf.setBackend('cpu'));

/** Weights that begin at zero are moved. */
function stirred(control: Control): Control {
  const parameters = Object.entries(control.parameters).map(([name, tensor]) => [
    name,
    tf.keep(tf.tidy(() => tf.add(tensor, tf.randomNormal(tensor.shape, 0, 0.1, 'float32', 7)))),
  ]);
  control.dispose?.();
  const moved = Object.fromEntries(parameters) as Control['parameters'];
  return { ...control, parameters: moved, dispose: () => tf.dispose(moved) };
}

const unetWith = async (controls: Readonly<Record<string, Control>>): Promise<Denoiser> => {
  const definition = catalogue(standardPlugins).find(Roles.denoiser, 'unet2d-condition');
  const noise = await philox.create({ config: {} });
  return definition.create({ config: definition.config.parse(UNET), noise, controls });
};

/** What a network says of one sample, under an image. */
const said = (denoiser: Denoiser, more: Readonly<Record<string, tf.Tensor>> = {}, time = 30): number[] =>
  tf.tidy(() => {
    const wave = (shape: number[]) => tf.reshape(tf.sin(tf.range(0, tf.util.sizeFromShape(shape))), shape);
    const conditioning = { encoder_hidden_states: wave([1, 3, 6]), control_image: wave([1, 8, 8, 3]), ...more };
    const output = denoiser.predict(denoiser.parameters, wave([1, 4, 4, 2]), tf.tensor1d([time]), conditioning);
    return [...outputOf(output).dataSync()];
  });

describe('every control network', () => {
  it('has its laws here', () => {
    expect(pluginsOf(Roles.control).map(([name]) => name)).toEqual(['controlnet']);
  });

  it.each([
    ['plain', CONTROL],
    ['with classes, means over pixels, blue first', { ...CONTROL, num_class_embeds: 3, global_pool_conditions: true }],
    ['without tokens in the middle', { ...CONTROL, mid_block_type: 'UNetMidBlock2D', times: [0, 500], scale: 0.5 }],
  ])('controlnet %s keeps the laws', async (_, config) => {
    const control = stirred(await made(Roles.control, 'controlnet', config));
    expect(() => controlLaws(control, { sampleShape: [4, 4, 2], sizes: IMAGE })).not.toThrow();
    control.dispose?.();
  });

  it('broken ones are found', async () => {
    const control = stirred(await made(Roles.control, 'controlnet', CONTROL));
    const broken: Control = {
      ...control,
      residuals: (weights, input) => {
        const { skips, middle } = control.residuals(weights, input);
        return { skips, middle: tf.sub(middle, tf.mean(middle)) };
      },
    };
    expect(() => controlLaws(broken, { sampleShape: [4, 4, 2], sizes: IMAGE })).toThrow('a batch equals its singles');
    control.dispose?.();
  });
});

describe('a controlled network', () => {
  it('says what it said before, where the control network is new', async () => {
    const control = await made(Roles.control, 'controlnet', CONTROL);
    const [plain, controlled] = [await unetWith({}), await unetWith({ control })];
    expect(said(controlled)).toEqual(said(plain));
    for (const each of [plain, controlled, control]) each.dispose?.();
  });

  it('keeps the laws, and trains with the weights of the control network', async () => {
    const control = stirred(await made(Roles.control, 'controlnet', CONTROL));
    const denoiser = await unetWith({ 'control:edges': control });
    expect(denoiser.parameters['control:edges/controlnet_mid_block.weight']).toBeDefined();
    expect(denoiser.layout?.('control:edges/conv_in.weight')).toBe('conv2d');
    expect(denoiser.layout?.('conv_in.weight')).toBe('conv2d');
    const [image, size] = [{ dtype: 'float32', shape: [8, 8, 3] } as const, denoiser.info.takes];
    denoiserLaws({ ...denoiser, info: { ...denoiser.info, takes: { ...size, control_image: image } } });
    for (const each of [denoiser, control]) each.dispose?.();
  });

  it('is steered in proportion to the scale, and at the times that were said', async () => {
    const control = stirred(await made(Roles.control, 'controlnet', { ...CONTROL, times: [20, 40] }));
    const [plain, controlled] = [await unetWith({}), await unetWith({ control })];
    expect(said(controlled)).not.toEqual(said(plain));
    expect(said(controlled, {}, 41)).toEqual(said(plain, {}, 41));
    const [nothing, all, guessed] = [tf.tensor2d([[0, 1]]), tf.tensor2d([[1, 1]]), tf.tensor2d([[1, 0.1]])];
    expect(said(controlled, { control_image_scale: nothing })).toEqual(said(plain));
    expect(said(controlled, { control_image_scale: all })).toEqual(said(controlled));
    expect(said(controlled, { control_image_scale: guessed })).not.toEqual(said(controlled));
    tf.dispose([nothing, all, guessed]);
    for (const each of [plain, controlled, control]) each.dispose?.();
  });

  it('refuses an image of another size, and a control network of another U-Net', async () => {
    const control = await made(Roles.control, 'controlnet', CONTROL);
    const other = await made(Roles.control, 'controlnet', { ...CONTROL, layers_per_block: 2 });
    const [controlled, wrong] = [await unetWith({ control }), await unetWith({ control: other })];
    const image = tf.zeros([1, 4, 4, 3]);
    expect(() => said(controlled, { control_image: image })).toThrow(/RXD_CONDITION_INVALID[^]*2 times the sample/);
    expect(() => said(wrong)).toThrow(/RXD_COMBINATION[^]*another U-Net/);
    image.dispose();
    for (const each of [controlled, wrong, control, other]) each.dispose?.();
  });

  it('is joined by a recipe, and steers a run by an image', async () => {
    const network = stirred(await made(Roles.control, 'controlnet', CONTROL));
    const weights = readableOf(toDisk(plainOf(network.parameters), network.layout));
    network.dispose?.();
    const run = async (control: object) => {
      await using pipeline = await diffusion(
        {
          format: 1,
          plugins: {
            ...{ schedule: 'linear', grid: 'leading', parameterization: 'epsilon', sampler: 'ddim', noise: 'philox' },
            ...{ engine: 'tfjs-cpu', conditioner: 'bright', denoiser: { name: 'unet2d-condition', config: UNET } },
            control: { name: 'controlnet', config: { ...CONTROL, ...control } },
          },
        },
        { plugins: [...standardPlugins, bright], weights: { control: weights } },
      );
      using result = await pipeline.sample({ steps: 2, condition: 0.5, seed: 3 });
      return [...result.images().data];
    };
    const [plain, steered] = [await run({ scale: 0 }), await run({ scale: 1 })];
    expect(plain.every(Number.isFinite)).toBe(true);
    expect(steered).not.toEqual(plain);
  });
});

/** Weights as plain data. */
const plainOf = (parameters: Control['parameters']): PlainTensors =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, tensor]) => [
      name,
      { dtype: 'float32', shape: tensor.shape, data: tensor.dataSync<'float32'>() },
    ]),
  );

/** Says a number as the brightness of an image, beside two tokens. */
const bright = definePlugin({
  role: Roles.conditioner,
  name: 'bright',
  config: z.strictObject({}),
  create: (): Conditioner => ({
    reads: [],
    gives: {
      encoder_hidden_states: { dtype: 'float32', shape: ['tokens', 6] },
      control_image: { dtype: 'float32', shape: [8, 8, 3] },
    },
    prepare: (level, { count }) => levels(Number(level), count),
    prepareBatch: (_, { count }) => levels(0, count),
    encode: (_, { level }) => ({
      encoder_hidden_states: tf.ones([level?.shape[0] ?? 1, 2, 6]),
      control_image: tf.tile(tf.reshape(level as tf.Tensor, [-1, 1, 1, 1]), [1, 8, 8, 3]),
    }),
  }),
});

const levels = (value: number, count: number) => ({
  level: { kind: 'numbers', data: new Float32Array(count).fill(value), shape: [count] } as const,
});
