import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Roles, type Codec } from 'rxdiffusion';
import { autoencoderKl } from '../../../src/plugins/codecs/autoencoder-kl/autoencoder-kl.js';
import { autoencoderKlConfig } from '../../../src/plugins/codecs/autoencoder-kl/config.js';
import { autoencoderKlName } from '../../../src/plugins/codecs/autoencoder-kl/names.js';
import { autoencoderTiny } from '../../../src/plugins/codecs/autoencoder-tiny/autoencoder-tiny.js';
import { autoencoderTinyConfig } from '../../../src/plugins/codecs/autoencoder-tiny/config.js';
import { codecLaws } from '../../../src/testing/codec-laws.js';
import { pluginLaws } from '../../../src/testing/plugin-laws.js';
import { made } from '../plugins-of.js';

beforeAll(() => tf.setBackend('cpu'));

const levels = {
  down_block_types: ['DownEncoderBlock2D', 'AttnDownEncoderBlock2D'],
  up_block_types: ['AttnUpDecoderBlock2D', 'UpDecoderBlock2D'],
};
const kl = { ...levels, block_out_channels: [4, 6], norm_num_groups: 2, sample_size: [8, 12], layers_per_block: 1 };
const statistics = { latents_mean: [0.1, 0.2, -0.3, 0], latents_std: [0.5, 2, 1, 1.5] };
const tiny = {
  ...{ encoder_block_out_channels: [4, 4], decoder_block_out_channels: [4, 4], num_encoder_blocks: [1, 1] },
  ...{ num_decoder_blocks: [1, 1], sample_size: 8, shift_factor: 0.5 },
};

async function withCodec<T>(name: string, config: object, use: (codec: Codec) => T): Promise<T> {
  const codec = await made(Roles.codec, name, { ...config });
  try {
    return use(codec);
  } finally {
    codec.dispose?.();
  }
}

describe.each([
  ['autoencoder-kl', kl],
  ['autoencoder-kl', { ...kl, ...statistics, use_quant_conv: false }],
  ['autoencoder-kl', { ...kl, ...statistics, posterior: 'sample' }],
  ['autoencoder-tiny', tiny],
] as const)('%s', (name, config) => {
  it('keeps the laws of codecs', () => withCodec(name, config, (codec) => codecLaws(codec, { error: Infinity })));
});

describe('autoencoder-kl', () => {
  it('keeps the laws of plugins, with the config.json of diffusers', () => {
    const notes = { _class_name: 'AutoencoderKL', force_upcast: true, latents_mean: null, shift_factor: null };
    pluginLaws(autoencoderKl, [{}, kl, { ...kl, ...notes, ...statistics }]);
    pluginLaws(autoencoderTiny, [{}, tiny]);
  });

  it('says scale, shift and shapes', () =>
    withCodec('autoencoder-kl', { ...kl, shift_factor: 0.1, scaling_factor: 1.5 }, (codec) => {
      expect(codec).toMatchObject({ scale: 1.5, shift: 0.1 });
      expect(codec.info).toEqual({ imageShape: [8, 12, 3], latentShape: [4, 6, 4], sizes: { multipleOf: 2 } });
    }));

  it('gives latents in units of the statistics of their channels, and takes them so', async () => {
    const [image, latents] = [tf.randomUniform([1, 8, 12, 3], -1, 1), tf.randomNormal([1, 4, 6, 4])];
    const halves = (config: object) =>
      withCodec('autoencoder-kl', config, (codec) =>
        tf.tidy(() => ({
          encoded: codec.encode(codec.parameters, image).dataSync(),
          decoded: codec.decode(codec.parameters, latents).dataSync(),
          told: codec
            .decode(codec.parameters, tf.div(tf.sub(latents, statistics.latents_mean), statistics.latents_std))
            .dataSync(),
        })),
      );
    const [plain, counted] = [await halves(kl), await halves({ ...kl, ...statistics })];
    counted.encoded.forEach((value, at) => {
      const [mean = 0, deviation = 1] = [statistics.latents_mean[at % 4], statistics.latents_std[at % 4]];
      expect(value * deviation + mean).toBeCloseTo(plain.encoded[at] ?? Number.NaN, 4);
    });
    counted.told.forEach((value, at) => expect(value).toBeCloseTo(plain.decoded[at] ?? Number.NaN, 4));
    tf.dispose([image, latents]);
  });

  it.each([
    [
      'first_stage_model.encoder.down.1.block.0.nin_shortcut.weight',
      'encoder.down_blocks.1.resnets.0.conv_shortcut.weight',
    ],
    ['first_stage_model.decoder.up.2.block.1.norm1.bias', 'decoder.up_blocks.0.resnets.1.norm1.bias'],
    ['decoder.up.1.upsample.conv.weight', 'decoder.up_blocks.1.upsamplers.0.conv.weight'],
    ['encoder.mid.attn_1.proj_out.weight', 'encoder.mid_block.attentions.0.to_out.0.weight'],
    ['encoder.mid.attn_1.norm.weight', 'encoder.mid_block.attentions.0.group_norm.weight'],
    ['decoder.norm_out.weight', 'decoder.conv_norm_out.weight'],
    ['decoder.mid_block.attentions.0.query.bias', 'decoder.mid_block.attentions.0.to_q.bias'],
    ['decoder.mid_block.attentions.0.to_q.bias', 'decoder.mid_block.attentions.0.to_q.bias'],
    ['quant_conv.weight', 'quant_conv.weight'],
  ])('knows %s as %s', (old, now) => expect(autoencoderKlName(old, 3)).toBe(now));

  it.each([
    [{ down_block_types: ['DownEncoderBlock2D'] }, 'down_block_types'],
    [{ norm_num_groups: 4 }, 'norm_num_groups'],
    [{ sample_size: 7 }, 'sample_size'],
    [{ latents_mean: [1] }, 'latents_mean'],
    [{ latents_mean: statistics.latents_mean }, 'latents_mean'],
    [{ out_channels: 4 }, 'out_channels'],
    [{ down_block_types: ['DownEncoderBlock2D', 'Sorcery'] }, 'down_block_types'],
  ])('refuses %j', (changed, key) => {
    const read = autoencoderKlConfig.safeParse({ ...kl, ...changed });
    expect(read.error?.issues.map(({ path }) => path[0])).toContain(key);
  });
});

describe('autoencoder-tiny', () => {
  it.each([
    [{ num_encoder_blocks: [1] }, 'num_encoder_blocks'],
    [{ encoder_block_out_channels: [4, 8] }, 'encoder_block_out_channels'],
    [{ sample_size: 9 }, 'sample_size'],
    [{ upsampling_scaling_factor: 4 }, 'upsampling_scaling_factor'],
  ])('refuses %j', (changed, key) => {
    const read = autoencoderTinyConfig.safeParse({ ...tiny, ...changed });
    expect(read.error?.issues.map(({ path }) => path[0])).toContain(key);
  });
});
