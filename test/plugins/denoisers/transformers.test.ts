import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Roles } from 'rxdiffusion';
import { networkOf } from '../../../src/plugins/denoisers/diffusers-networks.js';
import { ditConfig } from '../../../src/plugins/denoisers/dit/config.js';
import { fluxConfig } from '../../../src/plugins/denoisers/flux/config.js';
import { pixartConfig } from '../../../src/plugins/denoisers/pixart/config.js';
import { sd3Config } from '../../../src/plugins/denoisers/sd3/config.js';
import { made } from '../plugins-of.js';

beforeAll(() => tf.setBackend('cpu'));

describe('configs of transformers', () => {
  const REFUSED = [
    ['dit', ditConfig, { colour: 3 }, 'colour'],
    ['dit', ditConfig, { sample_size: 33 }, 'sample_size'],
    ['dit', ditConfig, { attention_head_dim: 5, num_attention_heads: 2 }, 'attention_head_dim'],
    ['dit', ditConfig, { norm_type: 'layer_norm' }, 'norm_type'],
    ['dit', ditConfig, { caption_channels: 8 }, 'caption_channels'],
    ['pixart', pixartConfig, { caption_channels: 8, cross_attention_dim: 7 }, 'cross_attention_dim'],
    ['pixart', pixartConfig, { attention_head_dim: 64, cross_attention_dim: 1024 }, 'multiple of 3'],
    ['sd3', sd3Config, { caption_projection_dim: 7 }, 'caption_projection_dim'],
    ['sd3', sd3Config, { pos_embed_max_size: 8 }, 'pos_embed_max_size'],
    ['sd3', sd3Config, { qk_norm: 'layer_norm' }, 'qk_norm'],
    ['flux', fluxConfig, { axes_dims_rope: [16, 56, 54] }, 'axes_dims_rope'],
    ['flux', fluxConfig, { out_channels: 65 }, 'out_channels'],
    ['flux', fluxConfig, { patch_size: 2 }, 'patch_size'],
  ] as const;

  it.each(REFUSED)('%s: refused by name', (_, schema, config, says) => {
    const read = schema.safeParse(config);
    expect(read.success).toBe(false);
    expect(JSON.stringify(read.error?.issues)).toContain(says);
  });

  it('of the class that was several say by their norms which one they are', () => {
    const json = { _class_name: 'Transformer2DModel', num_layers: 1, num_attention_heads: 2, attention_head_dim: 6 };
    const names = (norm_type: string): readonly string[] =>
      Object.keys(
        networkOf({ ...json, norm_type, sample_size: 4, cross_attention_dim: 12, num_embeds_ada_norm: 3 }, 'f').specs,
      );
    expect(names('ada_norm_single')).toContain('adaln_single.linear.weight');
    expect(() => names('ada_norm_zero')).toThrow(/RXD_PLUGIN_CONFIG[^]*cross_attention_dim/);
    expect(() => names('layer_norm')).toThrow(/RXD_PLUGIN_CONFIG[^]*norm_type/);
  });
});

describe('transformers', () => {
  const TINY = { attention_head_dim: 4, num_attention_heads: 2, num_layers: 1, in_channels: 1 };
  const TEXT = { joint_attention_dim: 3, pooled_projection_dim: 2 };

  it.each([
    ['dit', { ...TINY, sample_size: 4 }, 'class labels'],
    ['pixart', { ...TINY, sample_size: 4, cross_attention_dim: 3 }, 'encoder_hidden_states'],
    ['sd3', { ...TINY, ...TEXT, sample_size: 4, caption_projection_dim: 8 }, 'encoder_hidden_states'],
    [
      'flux',
      { ...TINY, ...TEXT, num_single_layers: 0, attention_head_dim: 6, axes_dims_rope: [2, 2, 2] },
      'encoder_hidden',
    ],
  ] as const)('%s says which condition is missing', async (name, config, says) => {
    const denoiser = await made(Roles.denoiser, name, config);
    const { sampleShape } = denoiser.info;
    const predict = () => denoiser.predict(denoiser.parameters, tf.zeros([1, ...sampleShape]), tf.zeros([1]), {});
    expect(() => tf.tidy(() => predict() as tf.Tensor)).toThrow(new RegExp(`RXD_CONDITION_INVALID[^]*${says}`));
    denoiser.dispose?.();
  });

  it('flux takes its patches as a grid or as tokens with their places', async () => {
    const config = { ...TINY, ...TEXT, num_single_layers: 1, attention_head_dim: 6, axes_dims_rope: [2, 2, 2] };
    const denoiser = await made(Roles.denoiser, 'flux', { ...config, sample_size: [2, 3] });
    tf.tidy(() => {
      // A network begins with an output of zero.
      const parameters = Object.fromEntries(
        Object.entries(denoiser.parameters).map(([name, tensor]) => [
          name,
          tf.randomNormal(tensor.shape, 0, 1, 'float32', 3),
        ]),
      );
      const text = tf.randomNormal([1, 2, 3], 0, 1, 'float32', 1);
      const conditioning = { encoder_hidden_states: text, pooled_projections: tf.zeros([1, 2]) };
      const grid = tf.randomNormal([1, 2, 3, 1], 0, 1, 'float32', 2);
      const places = tf.tensor2d([0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 1, 0, 0, 1, 1, 0, 1, 2], [6, 3]);
      const ofGrid = denoiser.predict(parameters, grid, tf.tensor1d([0.5]), conditioning) as tf.Tensor;
      const told = { ...conditioning, img_ids: places };
      const ofTokens = denoiser.predict(parameters, tf.reshape(grid, [1, 6, 1]), tf.tensor1d([0.5]), told) as tf.Tensor;
      expect(ofTokens.shape).toEqual([1, 6, 1]);
      expect(ofTokens.dataSync()).toEqual(ofGrid.dataSync());
      const other = { ...conditioning, img_ids: tf.zeros([6, 3]) };
      const moved = denoiser.predict(parameters, grid, tf.tensor1d([0.5]), other) as tf.Tensor;
      expect(moved.dataSync()).not.toEqual(ofGrid.dataSync());
    });
    denoiser.dispose?.();
  });

  it('sd3 leaves its table of positions as it is', async () => {
    const config = { ...TINY, ...TEXT, sample_size: 4, caption_projection_dim: 8, pos_embed_max_size: 3 };
    const { parameters, info, ...denoiser } = await made(Roles.denoiser, 'sd3', config);
    tf.tidy(() => {
      const [table, ...others] = ['pos_embed.pos_embed', 'proj_out.bias'];
      const conditioning = { encoder_hidden_states: tf.ones([1, 2, 3]), pooled_projections: tf.ones([1, 2]) };
      const names = [table, ...others] as const;
      const slopes = tf.grads((...given) => {
        const weights = { ...parameters, ...Object.fromEntries(names.map((name, i) => [name, given[i] as tf.Tensor])) };
        const x = tf.ones([1, ...info.sampleShape]);
        return tf.mean(denoiser.predict(weights, x, tf.ones([1]), conditioning) as tf.Tensor);
      })(names.map((name) => parameters[name ?? ''] as tf.Tensor));
      expect(Array.from(slopes[0]?.dataSync() ?? []).every((value) => value === 0)).toBe(true);
      expect(Array.from(slopes[1]?.dataSync() ?? []).some((value) => value !== 0)).toBe(true);
    });
    denoiser.dispose?.();
  });
});
