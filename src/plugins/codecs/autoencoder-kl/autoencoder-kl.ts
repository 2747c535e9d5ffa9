import * as tf from '@tensorflow/tfjs';
import { definePlugin } from '../../../core/assembly/define-plugin.js';
import { optional } from '../../../core/assembly/injection.js';
import { Roles } from '../../../core/assembly/roles.js';
import type { Codec } from '../../../core/contracts/codec.js';
import type { ParameterSet } from '../../../core/contracts/parameters.js';
import { ownParameters } from '../../../core/networks/own-parameters.js';
import { parameterBytes } from '../../../core/networks/parameter-specs.js';
import { autoencoderKlConfig, imageSize, type AutoencoderKlConfig } from './config.js';
import { decodedOf, layersOf, momentsOf } from './network.js';
import { autoencoderKlShapes } from './parameter-shapes.js';
import { decoderPlan, encoderPlan } from './plan.js';

/** A codec whose encoder says how certain it is. */
export interface AutoencoderKl extends Codec {
  /**
   * Mean and logarithm of the variance of the latents of images, as `encode` has them: it gives the mean. diffusers'
   * pipelines draw latents from this distribution.
   */
  posterior(parameters: ParameterSet, images: tf.Tensor): { readonly mean: tf.Tensor; readonly logVariance: tf.Tensor };
}

/**
 * diffusers' AutoencoderKL, built from its `config.json` with its tensor names: the autoencoder of latent diffusion, whose
 * latents are drawn near a normal distribution (Rombach et al. 2022, section 3.1). `encode` gives the mean. When: the
 * network works on the latents of a Stable Diffusion, or the weights are those of an AutoencoderKL of diffusers.
 */
export const autoencoderKl = definePlugin({
  role: Roles.codec,
  name: 'autoencoder-kl',
  summary: "diffusers' AutoencoderKL: residual convolution blocks to latents, an eighth as high and wide, and back.",
  reference: 'Rombach et al. 2022, "High-Resolution Image Synthesis with Latent Diffusion Models", section 3.1',
  tags: {
    when: 'the network works on latents of a Stable Diffusion, or the weights are an AutoencoderKL of diffusers',
  },
  config: autoencoderKlConfig,
  inject: { noise: Roles.noise, engine: optional(Roles.engine) },
  memory: (config) => parameterBytes(autoencoderKlShapes(config)),
  async create({ config, noise, engine, weights }): Promise<AutoencoderKl> {
    const from = { noise, engine, weights, seed: config.seed };
    return autoencoderKlOf(config, await ownParameters(autoencoderKlShapes(config), from));
  },
});

/** The codec over given weights, which it owns from now on. */
export function autoencoderKlOf(config: AutoencoderKlConfig, parameters: ParameterSet): AutoencoderKl {
  const specs = autoencoderKlShapes(config);
  const [encoder, decoder] = [encoderPlan(config), decoderPlan(config)];
  const [height, width] = imageSize(config);
  const { packed } = config;
  const factor = 2 ** (config.block_out_channels.length - 1) * packed;
  const channels = channelStatistics(config);
  const posterior: AutoencoderKl['posterior'] = (weights, images) => {
    const { mean, logVariance } = momentsOf(layersOf(weights, config), encoder, config, images as tf.Tensor4D);
    if (channels === undefined)
      return { mean: intoPatches(mean, packed), logVariance: intoPatches(logVariance, packed) };
    const { means, deviations } = channels();
    return {
      mean: intoPatches(tf.div(tf.sub(mean, means), deviations), packed),
      logVariance: intoPatches(tf.sub(logVariance, tf.log(tf.square(deviations))), packed),
    };
  };
  return {
    info: {
      imageShape: [height, width, config.in_channels],
      latentShape: [height / factor, width / factor, config.latent_channels * packed ** 2],
      sizes: { multipleOf: factor },
    },
    scale: config.scaling_factor,
    shift: config.shift_factor ?? 0,
    parameters,
    layout: (name) => specs[name]?.layout ?? 'same',
    posterior,
    encode: (weights, images) => posterior(weights, images).mean,
    ...(config.posterior === 'sample' ? { moments: (weights, images) => moments(posterior(weights, images)) } : {}),
    decode(weights, given) {
      const latents = outOfPatches(given, packed);
      const { means, deviations } = channels?.() ?? {};
      const whole = means && deviations ? tf.add(tf.mul(latents, deviations), means) : latents;
      return decodedOf(layersOf(weights, config), decoder, config, whole as tf.Tensor4D);
    },
    dispose: () => tf.dispose({ ...parameters }),
  };
}

/** Latents in patches of `side` by `side`, a channel after another, in each row after row (Flux' packing). */
function intoPatches(latents: tf.Tensor, side: number): tf.Tensor {
  if (side === 1) return latents;
  const [, height = side, width = side, channels = 1] = latents.shape;
  const split = tf.reshape(latents, [-1, height / side, side, width / side, side, channels]);
  return tf.reshape(tf.transpose(split, [0, 1, 3, 5, 2, 4]), [-1, height / side, width / side, channels * side ** 2]);
}

/** The way back. */
function outOfPatches(patches: tf.Tensor, side: number): tf.Tensor {
  if (side === 1) return patches;
  const [, height = 1, width = 1, channels = 1] = patches.shape;
  const split = tf.reshape(patches, [-1, height, width, channels / side ** 2, side, side]);
  return tf.reshape(tf.transpose(split, [0, 1, 4, 2, 5, 3]), [-1, height * side, width * side, channels / side ** 2]);
}

/** Mean and standard deviation side by side. */
function moments({ mean, logVariance }: ReturnType<AutoencoderKl['posterior']>): tf.Tensor {
  return tf.concat([mean, tf.exp(tf.mul(logVariance, 0.5))], -1);
}

/** Mean and standard deviation of each channel, where the config has them: latents are told apart from them first. */
function channelStatistics({ latents_mean: means, latents_std: deviations }: AutoencoderKlConfig) {
  if (!means || !deviations) return undefined;
  return () => ({ means: tf.tensor1d([...means]), deviations: tf.tensor1d([...deviations]) });
}
