import { outputOf } from '../../../src/core/tensors/network-output.js';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Roles, type Denoiser } from 'rxdiffusion';
import { denoiserLaws } from 'rxdiffusion/testing';
import { unet2dConfig } from '../../../src/plugins/denoisers/unet2d/config.js';
import { parameterShapes } from '../../../src/plugins/denoisers/unet2d/parameter-shapes.js';
import { made, pluginsOf } from '../plugins-of.js';

const TINY: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  unet2d: [
    {
      ...{ sample_size: 4, in_channels: 1, out_channels: 1, block_out_channels: [4, 8], layers_per_block: 1 },
      ...{ down_block_types: ['DownBlock2D', 'AttnDownBlock2D'], up_block_types: ['AttnUpBlock2D', 'UpBlock2D'] },
      ...{ norm_num_groups: 2, num_class_embeds: 3, attention_head_dim: 4 },
    },
    {
      ...{ sample_size: [6, 4], in_channels: 2, out_channels: 4, block_out_channels: [6], layers_per_block: 1 },
      ...{ down_block_types: ['DownBlock2D'], up_block_types: ['UpBlock2D'], norm_num_groups: 3 },
      ...{ resnet_time_scale_shift: 'scale_shift', mid_block_type: null, act_fn: 'gelu', class_embed_type: 'timestep' },
    },
    {
      ...{ sample_size: 2, block_out_channels: [32, 32], layers_per_block: 1, norm_num_groups: null },
      ...{ down_block_types: ['SkipDownBlock2D', 'AttnSkipDownBlock2D'], time_embedding_type: 'fourier' },
      ...{
        up_block_types: ['AttnSkipUpBlock2D', 'SkipUpBlock2D'],
        attention_head_dim: 8,
      },
    },
    {
      ...{ sample_size: 4, in_channels: 1, out_channels: 1, block_out_channels: [4, 4, 8], layers_per_block: 1 },
      ...{ down_block_types: ['ResnetDownsampleBlock2D', 'AttnDownBlock2D', 'DownBlock2D'], norm_num_groups: 2 },
      ...{ up_block_types: ['UpBlock2D', 'AttnUpBlock2D', 'ResnetUpsampleBlock2D'], class_embed_type: 'identity' },
      ...{ downsample_type: 'resnet', upsample_type: 'resnet', time_embedding_type: 'learned' },
      ...{ num_train_timesteps: 1000 },
    },
  ],
  'unet2d-condition': [
    {
      ...{ sample_size: 4, in_channels: 2, out_channels: 1, block_out_channels: [4, 8], layers_per_block: 1 },
      ...{ down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'], norm_num_groups: 2, cross_attention_dim: 6 },
      ...{ up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'], attention_head_dim: 2, num_class_embeds: 3 },
      ...{ class_embeddings_concat: true },
    },
    {
      ...{ sample_size: [3, 5], in_channels: 2, out_channels: 4, block_out_channels: [4, 6], layers_per_block: [1, 2] },
      ...{ down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'], norm_num_groups: 2, cross_attention_dim: [6, 5] },
      ...{ up_block_types: ['CrossAttnUpBlock2D', 'AttnUpBlock2D'], attention_head_dim: [4, 2], act_fn: 'mish' },
      ...{ only_cross_attention: [false, true], use_linear_projection: true, transformer_layers_per_block: [1, 2] },
      ...{ mid_block_type: 'UNetMidBlock2D', resnet_time_scale_shift: 'scale_shift', conv_in_kernel: 1 },
    },
    {
      ...{ sample_size: 4, in_channels: 1, out_channels: 1, block_out_channels: [4, 4], layers_per_block: 1 },
      ...{ down_block_types: ['ResnetDownsampleBlock2D', 'AttnDownBlock2D'], norm_num_groups: 2, encoder_hid_dim: 4 },
      ...{ up_block_types: ['CrossAttnUpBlock2D', 'ResnetUpsampleBlock2D'], cross_attention_dim: 6 },
      ...{ attention_head_dim: 2, time_embedding_type: 'fourier', time_cond_proj_dim: 5, timestep_post_act: 'silu' },
      ...{
        class_embed_type: 'simple_projection',
        projection_class_embeddings_input_dim: 7,
        time_embedding_act_fn: 'gelu',
      },
      ...{ addition_embed_type: 'text', addition_embed_type_num_heads: 2, resnet_skip_time_act: true },
      ...{ resnet_out_scale_factor: 1.4, center_input_sample: true },
    },
    {
      ...{ sample_size: 2, in_channels: 1, out_channels: 1, block_out_channels: [4], layers_per_block: 1 },
      ...{ down_block_types: ['CrossAttnDownBlock2D'], norm_num_groups: 2, cross_attention_dim: 4 },
      ...{ up_block_types: ['CrossAttnUpBlock2D'], attention_head_dim: 2, addition_embed_type: 'text_time' },
      ...{ addition_time_embed_dim: 2, projection_class_embeddings_input_dim: 6, transformer_layers_per_block: [[2]] },
      ...{ reverse_transformer_layers_per_block: [[1, 2]] },
    },
  ],
  dit: [
    {
      ...{ num_attention_heads: 2, attention_head_dim: 4, in_channels: 1, num_layers: 2, sample_size: 4 },
      ...{ patch_size: 2, num_embeds_ada_norm: 2 },
    },
    {
      ...{
        num_attention_heads: 1,
        attention_head_dim: 4,
        in_channels: 2,
        out_channels: 4,
        num_layers: 1,
        sample_size: 2,
      },
      ...{ patch_size: 1, num_embeds_ada_norm: 1, attention_bias: false, activation_fn: 'geglu' },
      ...{ norm_elementwise_affine: true },
    },
  ],
  pixart: [
    {
      ...{
        num_attention_heads: 2,
        attention_head_dim: 4,
        in_channels: 1,
        out_channels: 2,
        num_layers: 2,
        sample_size: 4,
      },
      ...{ patch_size: 2, cross_attention_dim: 8, caption_channels: 3 },
    },
    {
      ...{ num_attention_heads: 3, attention_head_dim: 4, in_channels: 2, out_channels: null, num_layers: 1 },
      ...{ sample_size: 2, patch_size: 1, cross_attention_dim: 5, use_additional_conditions: true },
      ...{ norm_elementwise_affine: true, interpolation_scale: 2 },
    },
  ],
  sd3: [
    {
      ...{
        num_attention_heads: 2,
        attention_head_dim: 4,
        in_channels: 1,
        out_channels: 1,
        num_layers: 2,
        sample_size: 4,
      },
      ...{ joint_attention_dim: 3, caption_projection_dim: 8, pooled_projection_dim: 5, pos_embed_max_size: 3 },
      ...{ dual_attention_layers: [0], qk_norm: 'rms_norm' },
    },
    {
      ...{
        num_attention_heads: 1,
        attention_head_dim: 4,
        in_channels: 2,
        out_channels: 4,
        num_layers: 1,
        sample_size: 2,
      },
      ...{ patch_size: 1, joint_attention_dim: 3, caption_projection_dim: 4, pooled_projection_dim: 2 },
      ...{ pos_embed_max_size: 4 },
    },
  ],
  flux: [
    {
      ...{ in_channels: 2, num_layers: 1, num_single_layers: 1, attention_head_dim: 6, num_attention_heads: 2 },
      ...{ joint_attention_dim: 3, pooled_projection_dim: 4, guidance_embeds: true, axes_dims_rope: [2, 2, 2] },
      ...{ sample_size: [2, 1] },
    },
    {
      ...{ in_channels: 3, out_channels: 1, num_layers: 1, num_single_layers: 0, attention_head_dim: 8 },
      ...{ num_attention_heads: 1, joint_attention_dim: 2, pooled_projection_dim: 2, axes_dims_rope: [4, 2, 2] },
      ...{ sample_size: [1, 2] },
    },
  ],
  mlp: [
    { width: 8, blocks: 2 },
    { width: 6, blocks: 1, dimensions: 3, classes: 4 },
  ],
};

const cases = pluginsOf(Roles.denoiser).flatMap(([name]) =>
  (TINY[name] ?? []).map((config, index) => ({ name, index, config })),
);

/** A config whose attention stands at one level (counted from the top), or nowhere. */
function withAttention(channels: readonly number[], level: number, more: Readonly<Record<string, unknown>>) {
  const types = (block: string): string[] =>
    channels.map((_, at) => (at === level ? `Attn${block}Block2D` : `${block}Block2D`));
  return {
    block_out_channels: channels,
    down_block_types: types('Down'),
    up_block_types: types('Up').toReversed(),
    ...more,
  };
}

/** Tensors and values that diffusers' own networks of these configs hold. */
const COUNTED = [
  {
    what: 'google/ddpm-cifar10-32',
    tensors: 328,
    values: 35_746_307,
    config: withAttention([128, 256, 256, 256], 1, { attention_head_dim: null }),
  },
  {
    what: 'the unconditional training example',
    tensors: 450,
    values: 113_673_219,
    config: withAttention([128, 128, 256, 256, 512, 512], 4, { sample_size: 64 }),
  },
  {
    what: 'one channel, attention at the third level',
    tensors: 330,
    values: 61_524_481,
    config: withAttention([128, 128, 256, 512], 2, { in_channels: 1, out_channels: 1 }),
  },
  {
    what: 'the tiny one of the tests',
    tensors: 144,
    values: 11_767,
    config: withAttention([4, 8], 1, { layers_per_block: 1, norm_num_groups: 2 }),
  },
  {
    what: 'one channel, attention at the deepest level',
    tensors: 270,
    values: 3_939_393,
    config: withAttention([32, 64, 128], 2, { in_channels: 1, out_channels: 1 }),
  },
] as const;

beforeAll(() => tf.setBackend('cpu'));

describe('every denoiser', () => {
  it('has a tiny config here, but for the one that is nothing without a file (test/plugins/model-files.test.ts)', () => {
    const names = pluginsOf(Roles.denoiser).map(([name]) => name);
    expect([...Object.keys(TINY), 'onnx-denoiser'].toSorted()).toEqual(names.toSorted());
  });

  it.each(cases)('$name $index keeps the laws', async ({ name, config }) => {
    const denoiser = await made(Roles.denoiser, name, config);
    expect(() => denoiserLaws(denoiser)).not.toThrow();
    denoiser.dispose?.();
  });

  it.each(cases)('$name $index starts from its seed, equal for equal seeds', async ({ name, config }) => {
    const bytes = async (seed: number): Promise<string> => {
      const denoiser = await made(Roles.denoiser, name, { ...config, seed });
      const text = Object.values(denoiser.parameters).map((tensor) => tensor.dataSync().join());
      denoiser.dispose?.();
      return text.join(';');
    };
    expect(await bytes(1)).toBe(await bytes(1));
    expect(await bytes(1)).not.toBe(await bytes(2));
  });
});

describe('denoiserLaws can fail', () => {
  const broken: readonly (readonly [string, Partial<Denoiser>])[] = [
    ['shaped', { predict: (_, x) => tf.concat([x, x], -1) }],
    ['finite', { predict: (_, x) => tf.div(x, 0) }],
    ['a batch equals', { predict: (_, x) => tf.sub(x, tf.mean(x)) }],
    ['equal bits', { predict: counting() }],
  ];
  it.each(broken)('%s', async (_, change) => {
    const denoiser = await made(Roles.denoiser, 'mlp', { width: 4, blocks: 1 });
    expect(() => denoiserLaws({ ...denoiser, ...change })).toThrow('A law of denoisers is broken');
    denoiser.dispose?.();
  });
});

describe('denoiserLaws with conditions', () => {
  it('draw what a network takes, each sample its own', async () => {
    const denoiser = await made(Roles.denoiser, 'mlp', { width: 4, blocks: 1, tokens: 3, classes: 4 });
    expect(() => denoiserLaws(denoiser)).not.toThrow();
    const mixed: Denoiser['predict'] = (_, x, __, { tokens }) => tf.add(x, tf.mean(tokens as tf.Tensor));
    expect(() => denoiserLaws({ ...denoiser, predict: mixed })).toThrow('a batch equals its singles');
    denoiser.dispose?.();
  });
});

function counting(): Denoiser['predict'] {
  let calls = 0;
  return (_, x) => tf.add(x, ++calls);
}

describe('unet2d', () => {
  it.each(COUNTED)('$what has $tensors tensors and $values values', ({ tensors, values, config }) => {
    const specs = Object.values(parameterShapes(unet2dConfig.parse(config)));
    expect(specs.length).toBe(tensors);
    expect(specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(values);
  });

  it.each([
    ['an unknown option', { colour: 3 }, 'colour'],
    ['a block that it does not have', { down_block_types: ['CrossAttnDownBlock2D'] }, 'down_block_types'],
    ['levels that differ in number', { block_out_channels: [32, 64] }, 'down_block_types'],
    ['groups that do not divide', { norm_num_groups: 5 }, 'norm_num_groups'],
    ['no layers', { layers_per_block: 0 }, 'layers_per_block'],
  ])('refuses %s', (_, config, says) => {
    const read = unet2dConfig.safeParse(config);
    expect(read.success).toBe(false);
    expect(JSON.stringify(read.error?.issues)).toContain(says);
  });

  it('says that labels are missing', async () => {
    const denoiser = await made(Roles.denoiser, 'mlp', { width: 4, classes: 3 });
    const predict = () =>
      tf.tidy(() => outputOf(denoiser.predict(denoiser.parameters, tf.zeros([1, 2]), tf.zeros([1]), {})));
    expect(predict).toThrow(/RXD_CONDITION_INVALID[^]*3 class embeddings/);
    denoiser.dispose?.();
  });
});
