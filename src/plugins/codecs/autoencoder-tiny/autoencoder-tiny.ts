import * as tf from '@tensorflow/tfjs';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { optional } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import type { Codec } from '../../../core/contracts/codec.js';
import type { ParameterSet } from '../../../core/contracts/parameters.js';
import { ownParameters } from '../../../core/networks/own-parameters.js';
import { Layers } from '../../../core/networks/layers.js';
import { parameterBytes } from '../../../core/networks/parameter-specs.js';
import { autoencoderTinyConfig, tinyImageSize, type AutoencoderTinyConfig } from './config.js';
import { tinyDecoded, tinyEncoded } from './network.js';
import { autoencoderTinyShapes, tinyDecoder, tinyEncoder } from './plan.js';

/**
 * diffusers' AutoencoderTiny, built from its `config.json` with its tensor names: TAESD, an autoencoder that was distilled
 * from that of a Stable Diffusion and decodes its latents many times faster (Bohan 2023). When: latents of a Stable Diffusion
 * are to be seen at every step, or an image may lose detail for speed.
 */
export const autoencoderTiny = definePlugin({
  role: Roles.codec,
  name: 'autoencoder-tiny',
  summary: "diffusers' AutoencoderTiny (TAESD): small convolutions that decode a Stable Diffusion's latents fast.",
  reference: 'Bohan 2023, "Tiny AutoEncoder for Stable Diffusion"; diffusers’ AutoencoderTiny',
  tags: { when: 'latents of a Stable Diffusion are seen at every step, or an image may lose detail for speed' },
  config: autoencoderTinyConfig,
  inject: { noise: Roles.noise, engine: optional(Roles.engine) },
  memory: (config) => parameterBytes(autoencoderTinyShapes(config)),
  async create({ config, noise, engine, weights }): Promise<Codec> {
    const from = { noise, engine, weights, seed: config.seed };
    return autoencoderTinyOf(config, await ownParameters(autoencoderTinyShapes(config), from));
  },
});

/** The codec over given weights, which it owns from now on. */
export function autoencoderTinyOf(config: AutoencoderTinyConfig, parameters: ParameterSet): Codec {
  const specs = autoencoderTinyShapes(config);
  const [encoder, decoder] = [tinyEncoder(config), tinyDecoder(config)];
  const [height, width] = tinyImageSize(config);
  const factor = 2 ** (config.encoder_block_out_channels.length - 1);
  const layersOf = (weights: ParameterSet): Layers =>
    new Layers(weights, { activation: config.act_fn, groups: 1, epsilon: 0 });
  return {
    info: {
      imageShape: [height, width, config.in_channels],
      latentShape: [height / factor, width / factor, config.latent_channels],
      sizes: { multipleOf: factor },
    },
    scale: config.scaling_factor,
    shift: config.shift_factor ?? 0,
    parameters,
    layout: (name) => specs[name]?.layout ?? 'same',
    encode: (weights, images) => tinyEncoded(layersOf(weights), encoder, images),
    decode: (weights, latents) => tinyDecoded(layersOf(weights), decoder, latents),
    dispose: () => tf.dispose({ ...parameters }),
  };
}
