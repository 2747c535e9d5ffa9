import * as tf from '@tensorflow/tfjs';
import type { Conditioning } from '../../../core/contracts/conditioning.js';
import type { ParameterSet, Perturbation } from '../../../core/contracts/denoiser.js';
import { silu } from '../../../core/kernels/silu.js';
import { upsampleNearest2x } from '../../../core/kernels/upsample-nearest-2x.js';
import { attentionBlock, type AttentionPlan } from '../../../core/networks/attention-block.js';
import { Layers, type LayerOptions } from '../../../core/networks/layers.js';
import { halvedByConvolution } from '../../../core/networks/resample.js';
import { resnetBlock, type ResnetPlan, type TimeEmbedding } from '../../../core/networks/resnet-block.js';
import { sinusoid } from '../../../core/networks/sinusoid.js';
import { addClassEmbedding } from '../class-embedding.js';
import { isPerturbed } from '../../../core/networks/perturbed.js';
import type { UNet2DConfig } from './config.js';
import { IDENTITY_ATTENTION, SKIP_LAYER } from './perturbations.js';
import type { LevelPlan, MiddlePlan, UNet2DPlan } from './plan.js';

/** One call of the network: contracting path, middle, expanding path over the skips (Ronneberger et al. 2015). */
export class UNet2DCall {
  readonly #layers: Layers;
  readonly #config: UNet2DConfig;
  readonly #plan: UNet2DPlan;
  readonly #perturbation: Required<Perturbation> | undefined;

  constructor(parameters: ParameterSet, config: UNet2DConfig, plan: UNet2DPlan, perturbation?: Required<Perturbation>) {
    this.#layers = new Layers(parameters, layerOptions(config));
    this.#config = config;
    this.#plan = plan;
    this.#perturbation = perturbation;
  }

  predict(x: tf.Tensor4D, time: tf.Tensor1D, conditioning: Conditioning): tf.Tensor4D {
    const embedding = {
      embedding: this.#layers.activation(this.#embed(time, conditioning)),
      shift: this.#config.resnet_time_scale_shift,
    };
    const centred = this.#config.center_input_sample ? (tf.sub(tf.mul(x, 2), 1) as tf.Tensor4D) : x;
    const skips = [this.#layers.conv('conv_in', centred)];
    for (const level of this.#plan.down) this.#down(level, skips, embedding);
    let hidden = skips.at(-1) as tf.Tensor4D;
    if (this.#plan.middle) hidden = this.#middle(this.#plan.middle, hidden, embedding);
    for (const level of this.#plan.up) hidden = this.#up(level, hidden, skips, embedding);
    return this.#layers.conv('conv_out', silu(this.#layers.norm('conv_norm_out', hidden)));
  }

  #embed(time: tf.Tensor1D, conditioning: Conditioning): tf.Tensor {
    const { block_out_channels, freq_shift, flip_sin_to_cos, num_class_embeds } = this.#config;
    const waves = sinusoid(time, {
      width: block_out_channels[0] ?? 1,
      freqShift: freq_shift,
      flipSinToCos: flip_sin_to_cos,
    });
    const first = silu(this.#layers.linear('time_embedding.linear_1', waves));
    const embedded = this.#layers.linear('time_embedding.linear_2', first);
    if (!num_class_embeds) return embedded;
    return addClassEmbedding(embedded, this.#layers.weight('class_embedding.weight'), conditioning);
  }

  #block({ resnet, attention }: LevelPlan['blocks'][number], x: tf.Tensor4D, embedding: TimeEmbedding): tf.Tensor4D {
    const hidden = this.#resnet(resnet, x, embedding);
    return attention ? this.#attention(attention, hidden) : hidden;
  }

  #resnet(plan: ResnetPlan, x: tf.Tensor4D, embedding: TimeEmbedding): tf.Tensor4D {
    if (isPerturbed(this.#perturbation, SKIP_LAYER, plan.prefix)) return x;
    return resnetBlock(this.#layers, plan, x, embedding);
  }

  #attention(plan: AttentionPlan, x: tf.Tensor4D): tf.Tensor4D {
    if (isPerturbed(this.#perturbation, SKIP_LAYER, plan.prefix)) return x;
    const isIdentity = isPerturbed(this.#perturbation, IDENTITY_ATTENTION, plan.prefix);
    return attentionBlock(this.#layers, plan, x, isIdentity);
  }

  #down({ blocks, resample }: LevelPlan, skips: tf.Tensor4D[], embedding: TimeEmbedding): void {
    for (const block of blocks) skips.push(this.#block(block, skips.at(-1) as tf.Tensor4D, embedding));
    if (resample) skips.push(this.#halved(resample.prefix, skips.at(-1) as tf.Tensor4D));
  }

  #middle({ resnets, attention }: MiddlePlan, x: tf.Tensor4D, embedding: TimeEmbedding): tf.Tensor4D {
    const first = this.#resnet(resnets[0], x, embedding);
    const mixed = attention ? this.#attention(attention, first) : first;
    return this.#resnet(resnets[1], mixed, embedding);
  }

  #up({ blocks, resample }: LevelPlan, x: tf.Tensor4D, skips: tf.Tensor4D[], embedding: TimeEmbedding): tf.Tensor4D {
    const hidden = blocks.reduce(
      (held, block) => this.#block(block, tf.concat([held, skips.pop() as tf.Tensor4D], 3), embedding),
      x,
    );
    return resample ? this.#layers.conv(resample.prefix, upsampleNearest2x(hidden)) : hidden;
  }

  #halved(prefix: string, x: tf.Tensor4D): tf.Tensor4D {
    return halvedByConvolution(this.#layers, prefix, x, this.#config.downsample_padding);
  }
}

function layerOptions({ act_fn, norm_num_groups, norm_eps }: UNet2DConfig): LayerOptions {
  return { activation: act_fn, groups: norm_num_groups, epsilon: norm_eps };
}
