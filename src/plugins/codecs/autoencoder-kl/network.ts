import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../../../core/contracts/parameters.js';
import { upsampleNearest2x } from '../../../core/kernels/upsample-nearest-2x.js';
import { attentionBlock } from '../../../core/networks/attention-block.js';
import { Layers } from '../../../core/networks/layers.js';
import { halvedByConvolution } from '../../../core/networks/resample.js';
import { resnetBlock } from '../../../core/networks/resnet-block.js';
import type { AutoencoderKlConfig } from './config.js';
import type { HalfPlan, LevelPlan, MiddlePlan } from './plan.js';

/** Epsilon of all norms: diffusers' AutoencoderKL has no key for it. */
const EPSILON = 1e-6;

/** Bounds of the logarithm of the variance. */
const LOG_VARIANCE = [-30, 20] as const;

/** The layers of one call. */
export function layersOf(parameters: ParameterSet, config: AutoencoderKlConfig): Layers {
  return new Layers(parameters, { activation: config.act_fn, groups: config.norm_num_groups, epsilon: EPSILON });
}

/** Mean and logarithm of the variance of the latents of images (Kingma & Welling 2014, section 3). */
export function momentsOf(
  layers: Layers,
  { prefix, levels, middle }: HalfPlan,
  config: AutoencoderKlConfig,
  images: tf.Tensor4D,
): { readonly mean: tf.Tensor4D; readonly logVariance: tf.Tensor4D } {
  const first = layers.conv(`${prefix}.conv_in`, images);
  const deep = levels.reduce((x, level) => downLevel(layers, level, x), first);
  const out = ending(layers, prefix, middleBlocks(layers, middle, deep));
  const moments = config.use_quant_conv ? layers.conv('quant_conv', out) : out;
  const [mean, logVariance] = tf.split(moments, 2, 3) as [tf.Tensor4D, tf.Tensor4D];
  return { mean, logVariance: tf.clipByValue(logVariance, ...LOG_VARIANCE) };
}

/** Images of latents. */
export function decodedOf(
  layers: Layers,
  { prefix, levels, middle }: HalfPlan,
  config: AutoencoderKlConfig,
  latents: tf.Tensor4D,
): tf.Tensor4D {
  const read = config.use_post_quant_conv ? layers.conv('post_quant_conv', latents) : latents;
  const first = middleBlocks(layers, middle, layers.conv(`${prefix}.conv_in`, read));
  return ending(
    layers,
    prefix,
    levels.reduce((x, level) => upLevel(layers, level, x), first),
  );
}

function levelBlocks(layers: Layers, { blocks }: LevelPlan, x: tf.Tensor4D): tf.Tensor4D {
  return blocks.reduce((held, { resnet, attention }) => {
    const next = resnetBlock(layers, resnet, held);
    return attention ? attentionBlock(layers, attention, next) : next;
  }, x);
}

function downLevel(layers: Layers, level: LevelPlan, x: tf.Tensor4D): tf.Tensor4D {
  const hidden = levelBlocks(layers, level, x);
  return level.resample ? halvedByConvolution(layers, level.resample.prefix, hidden, 0) : hidden;
}

function upLevel(layers: Layers, level: LevelPlan, x: tf.Tensor4D): tf.Tensor4D {
  const hidden = levelBlocks(layers, level, x);
  return level.resample ? layers.conv(level.resample.prefix, upsampleNearest2x(hidden)) : hidden;
}

function middleBlocks(layers: Layers, { first, attention, last }: MiddlePlan, x: tf.Tensor4D): tf.Tensor4D {
  const hidden = resnetBlock(layers, first, x);
  return resnetBlock(layers, last, attention ? attentionBlock(layers, attention, hidden) : hidden);
}

function ending(layers: Layers, prefix: string, x: tf.Tensor4D): tf.Tensor4D {
  return layers.conv(`${prefix}.conv_out`, layers.activation(layers.norm(`${prefix}.conv_norm_out`, x)));
}
