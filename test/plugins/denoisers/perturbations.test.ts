import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Roles, type Denoiser } from 'rxdiffusion';
import { denoiserLaws } from 'rxdiffusion/testing';
import { attentionBlock } from '../../../src/core/networks/attention-block.js';
import { Layers } from '../../../src/core/networks/layers.js';
import { made } from '../plugins-of.js';
import { outputOf } from '../../../src/core/tensors/network-output.js';

const UNET = {
  ...{ sample_size: 4, in_channels: 1, out_channels: 1, block_out_channels: [4, 8], layers_per_block: 1 },
  ...{ down_block_types: ['DownBlock2D', 'AttnDownBlock2D'], up_block_types: ['AttnUpBlock2D', 'UpBlock2D'] },
  ...{ norm_num_groups: 2, attention_head_dim: 4, mid_block_scale_factor: 1.5 },
};

const values = (tensor: tf.Tensor): number[] => [...tensor.dataSync()];

/** What a network says of one sample, perturbed or not. */
function said(denoiser: Denoiser, perturbation?: { readonly kind: string; readonly layers: readonly string[] }) {
  return tf.tidy(() => {
    const x = tf.sin(
      tf.range(
        0,
        denoiser.info.sampleShape.reduce((a, b) => a * b, 1),
      ),
    );
    const sample = tf.reshape(x, [1, ...denoiser.info.sampleShape]);
    return values(outputOf(denoiser.predict(denoiser.parameters, sample, tf.tensor1d([30]), {}, perturbation)));
  });
}

beforeAll(() => tf.setBackend('cpu'));

describe('the perturbations of unet2d', () => {
  it('have the names of diffusers: attentions, and blocks of equal input and output', async () => {
    const denoiser = await made(Roles.denoiser, 'unet2d', UNET);
    const [first, ...attentions] = ['down_blocks.1.attentions.0', 'mid_block.attentions.0', 'up_blocks.0.attentions.0'];
    const second = 'up_blocks.0.attentions.1';
    expect(denoiser.info.perturbations).toEqual({
      'identity-attention': [first, ...attentions, second],
      'skip-layer': [
        ...['down_blocks.0.resnets.0', first, 'mid_block.resnets.0', 'mid_block.attentions.0', 'mid_block.resnets.1'],
        ...['up_blocks.0.attentions.0', second],
      ],
    });
    const names = Object.keys(denoiser.parameters);
    for (const layer of Object.values(denoiser.info.perturbations ?? {}).flat())
      expect(names.some((name) => name.startsWith(`${layer}.`))).toBe(true);
    denoiser.dispose?.();
  });

  it('are none of attention where there is no attention, or it sees one pixel', async () => {
    const types = { down_block_types: ['DownBlock2D'], up_block_types: ['UpBlock2D'], block_out_channels: [4] };
    for (const config of [{ mid_block_type: null }, { add_attention: false }, { sample_size: 1 }]) {
      const denoiser = await made(Roles.denoiser, 'unet2d', { ...UNET, ...types, ...config });
      expect(Object.keys(denoiser.info.perturbations ?? {})).toEqual(['skip-layer']);
      denoiserLaws(denoiser);
      denoiser.dispose?.();
    }
  });

  it('identity attention lets the values pass: x + out(value(norm(x)))', async () => {
    const denoiser = await made(Roles.denoiser, 'unet2d', UNET);
    const layers = new Layers(denoiser.parameters, { activation: 'silu', groups: 2, epsilon: 1e-5 });
    const [block, prefix] = [{ channels: 8, heads: 2, inner: 8, groups: 2, scale: 1.5 }, 'mid_block.attentions.0'];
    tf.tidy(() => {
      const x = tf.reshape(tf.sin(tf.range(0, 64)), [2, 2, 2, 8]) as tf.Tensor4D;
      const rows = tf.reshape(layers.norm(`${prefix}.group_norm`, x), [-1, 8]);
      const passed = layers.linear(`${prefix}.to_out.0`, layers.linear(`${prefix}.to_v`, rows));
      const expected = tf.div(tf.add(x, tf.reshape(passed, x.shape)), 1.5);
      const got = attentionBlock(layers, { prefix, ...block }, x, true);
      expect(tf.max(tf.abs(tf.sub(got, expected))).dataSync()[0]).toBeLessThan(1e-6);
    });
    denoiser.dispose?.();
  });

  it('change the layers that are named, and no others', async () => {
    const denoiser = await made(Roles.denoiser, 'unet2d', UNET);
    const [plain, all] = [said(denoiser), said(denoiser, { kind: 'identity-attention', layers: [] })];
    expect(all).toEqual(plain);
    const outputs = (denoiser.info.perturbations?.['identity-attention'] ?? []).map((layer) =>
      said(denoiser, { kind: 'identity-attention', layers: [layer] }).join(),
    );
    expect(new Set([plain.join(), ...outputs]).size).toBe(5);
    denoiser.dispose?.();
  });
});

describe('the perturbation of mlp', () => {
  it('leaves blocks out: a network without the second has the same output', async () => {
    const [three, two] = [
      await made(Roles.denoiser, 'mlp', { width: 6, blocks: 3 }),
      await made(Roles.denoiser, 'mlp', { width: 6, blocks: 2 }),
    ];
    const renamed = Object.entries(three.parameters).flatMap(([name, tensor]) =>
      name.startsWith('blocks.1.') ? [] : [[name.replace('blocks.2.', 'blocks.1.'), tensor] as const],
    );
    const without = said({ ...two, parameters: Object.fromEntries(renamed) });
    expect(said(three, { kind: 'skip-layer', layers: ['blocks.1'] })).toEqual(without);
    expect(said(three)).not.toEqual(without);
    three.dispose?.();
    two.dispose?.();
  });
});

describe('denoiserLaws', () => {
  const broken: readonly (readonly [says: string, network: (mlp: Denoiser) => Partial<Denoiser>])[] = [
    ['changes the output', (mlp) => ({ predict: (weights, x, time, given) => mlp.predict(weights, x, time, given) })],
    ['keeps the shape', (mlp) => ({ predict: (...input) => (input[4] ? tf.zeros([2, 3]) : mlp.predict(...input)) })],
    [
      'a batch equals its singles',
      (mlp) => ({
        predict: (...input) => {
          const output = outputOf(mlp.predict(...input));
          return input[4] ? tf.sub(output, tf.mean(output)) : output;
        },
      }),
    ],
    [
      'each named once',
      ({ info }) => ({ info: { ...info, perturbations: { 'skip-layer': ['blocks.0', 'blocks.0'] } } }),
    ],
  ];
  it.each(broken)('say where a perturbation is broken: %s', async (says, change) => {
    const denoiser = await made(Roles.denoiser, 'mlp', { width: 4, blocks: 2 });
    expect(() => denoiserLaws({ ...denoiser, ...change(denoiser) })).toThrow(says);
    denoiser.dispose?.();
  });

  it('hold for a network whose last layer starts at zero', async () => {
    const denoiser = await made(Roles.denoiser, 'mlp', { width: 4, blocks: 2 });
    const zero = tf.zerosLike(denoiser.parameters['output.weight']!);
    const parameters = { ...denoiser.parameters, 'output.weight': zero };
    expect(() => denoiserLaws({ ...denoiser, parameters })).not.toThrow();
    tf.dispose(zero);
    denoiser.dispose?.();
  });
});
