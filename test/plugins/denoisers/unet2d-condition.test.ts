import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Roles } from 'rxdiffusion';
import { outputOf } from '../../../src/core/tensors/network-output.js';
import { unet2dConditionConfig } from '../../../src/plugins/denoisers/unet2d-condition/config.js';
import { conditionShapes } from '../../../src/plugins/denoisers/unet2d-condition/plan.js';
import { made } from '../plugins-of.js';

const UNET = {
  ...{ sample_size: 4, in_channels: 2, out_channels: 2, block_out_channels: [4, 8], layers_per_block: 1 },
  ...{ down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'], norm_num_groups: 2, cross_attention_dim: 6 },
  ...{ up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'], attention_head_dim: 2 },
};

beforeAll(() => tf.setBackend('cpu'));

/** Tensors and values that diffusers' own networks of these configs hold. */
const COUNTED = [
  ['Stable Diffusion 1', 686, 859_520_964, { cross_attention_dim: 768 }],
  [
    'Stable Diffusion XL',
    1680,
    2_567_463_684,
    {
      ...{ block_out_channels: [320, 640, 1280], attention_head_dim: [5, 10, 20], cross_attention_dim: 2048 },
      ...{ down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'] },
      ...{ up_block_types: ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'], use_linear_projection: true },
      ...{ transformer_layers_per_block: [1, 2, 10], addition_embed_type: 'text_time', addition_time_embed_dim: 256 },
      ...{ projection_class_embeddings_input_dim: 2816 },
    },
  ],
] as const;

describe('unet2d-condition', () => {
  it.each(COUNTED)('%s has %i tensors and %i values', (_, tensors, values, config) => {
    const specs = Object.values(conditionShapes(unet2dConditionConfig.parse(config)));
    expect(specs.length).toBe(tensors);
    expect(specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(values);
  });

  it('offers attention to pixels as identity, by the names of diffusers', async () => {
    const denoiser = await made(Roles.denoiser, 'unet2d-condition', UNET);
    const names = denoiser.info.perturbations?.['identity-attention'] ?? [];
    expect(names).toEqual(
      [
        'down_blocks.0.attentions.0',
        'mid_block.attentions.0',
        'up_blocks.1.attentions.0',
        'up_blocks.1.attentions.1',
      ].map((prefix) => `${prefix}.transformer_blocks.0.attn1`),
    );
    for (const name of names) expect(denoiser.parameters).toHaveProperty([`${name}.to_v.weight`]);
    denoiser.dispose?.();
  });

  it('takes any size, where odd sides can be rounded up', async () => {
    const any = await made(Roles.denoiser, 'unet2d-condition', UNET);
    const even = await made(Roles.denoiser, 'unet2d-condition', { ...UNET, downsample_padding: 0 });
    expect([any.info.sizes, even.info.sizes]).toEqual([{ multipleOf: 1 }, { multipleOf: 2 }]);
    for (const denoiser of [any, even]) denoiser.dispose?.();
  });

  it('reads masks and other channels behind the sample as a condition', async () => {
    const denoiser = await made(Roles.denoiser, 'unet2d-condition', { ...UNET, in_channels: 5 });
    expect(denoiser.info.sampleShape).toEqual([4, 4, 2]);
    expect(denoiser.info.takes?.['added_channels']?.shape).toEqual(['height', 'width', 3]);
    tf.tidy(() => {
      const [x, added, time] = [tf.randomNormal([1, 4, 4, 2]), tf.randomNormal([1, 4, 4, 3]), tf.tensor1d([7])];
      const tokens = { encoder_hidden_states: tf.ones([1, 3, 6]) };
      const said = (input: tf.Tensor, more: object = {}): number[] => [
        ...outputOf(denoiser.predict(denoiser.parameters, input, time, { ...tokens, ...more })).dataSync(),
      ];
      expect(said(x, { added_channels: added })).toEqual(said(tf.concat([x, added], 3)));
      expect(() => said(x)).toThrow(/RXD_CONDITION_INVALID[^]*added_channels: float32 \[N, height, width, 3\]/);
    });
    denoiser.dispose?.();
  });

  it.each([
    ['an unknown option', { colour: 3 }, 'colour'],
    ['a block that it does not have', { down_block_types: ['SimpleCrossAttnDownBlock2D'] }, 'down_block_types'],
    ['gated attention', { attention_type: 'gated' }, 'attention_type'],
    ['images as conditions of the embedding', { addition_embed_type: 'image' }, 'addition_embed_type'],
    ['numbers of heads by the other key', { num_attention_heads: 8 }, 'num_attention_heads'],
    ['more heads than channels', { ...UNET, attention_head_dim: 16 }, 'attention_head_dim'],
    ['levels that differ in number', { ...UNET, layers_per_block: [1] }, 'layers_per_block'],
    [
      'tokens of two widths',
      { ...UNET, cross_attention_dim: [6, 5], mid_block_type: 'UNetMidBlock2DCrossAttn' },
      'same',
    ],
    ['sizes without widths', { ...UNET, addition_embed_type: 'text_time' }, 'addition_time_embed_dim'],
    ['an even convolution', { ...UNET, conv_in_kernel: 2 }, 'conv_in_kernel'],
    ['a list of lists in one direction alone', { ...UNET, transformer_layers_per_block: [[1], [1]] }, 'reverse'],
  ])('refuses %s', (_, config, says) => {
    const read = unet2dConditionConfig.safeParse(config);
    expect(read.success).toBe(false);
    expect(JSON.stringify(read.error?.issues)).toContain(says);
  });
});
