import {
  conditionalDown,
  conditionalEmbedding,
  conditionalMiddle,
  conditionalUp,
} from '../../../core/networks/unet/conditional.js';
import { conditionalConditions } from '../../../core/networks/unet/conditional-conditions.js';
import type { ConditionSpec } from '../../../core/contracts/conditioning.js';
import { embeddingParameters, embeddingWidth, type EmbeddingPlan } from '../../../core/networks/unet/embedding.js';
import type { UNetPlan } from '../../../core/networks/unet/plan.js';
import { levelSpecs } from '../../../core/networks/unet/specs.js';
import { convSpecs, linearSpecs, normSpecs, type ParameterSpecs } from '../../../core/networks/parameter-specs.js';
import type { UNet2DConditionConfig } from './config.js';

/** The whole network, as data. */
export interface ConditionPlan extends UNetPlan {
  readonly embedding: EmbeddingPlan;
  /** Channels of a sample. */
  readonly sampleChannels: number;
  /** Channels that a condition adds behind those of the sample: masks, masked images, depth. */
  readonly addedChannels: number;
}

/** Plans a network of a config (the arrangement of diffusers' UNet2DConditionModel). */
export function planConditional(config: UNet2DConditionConfig): ConditionPlan {
  const { in_channels: input, out_channels: output } = config;
  const sampleChannels = Math.min(input, output);
  return {
    down: conditionalDown(config),
    middle: conditionalMiddle(config),
    up: conditionalUp(config),
    embedding: embeddingOf(config),
    sampleChannels,
    addedChannels: input - sampleChannels,
  };
}

function embeddingOf(config: UNet2DConditionConfig): EmbeddingPlan {
  const common = conditionalEmbedding(config);
  const [first = 1] = config.block_out_channels;
  const isFourier = config.time_embedding_type === 'fourier';
  const width = config.time_embedding_dim ?? (isFourier ? 2 : 4) * first;
  const { flip_sin_to_cos: flipSinToCos, time_cond_proj_dim: guidance } = config;
  const fourier = { kind: 'fourier', frequencies: width / 2, deviation: 1, isLog: false, flipSinToCos } as const;
  return {
    ...common,
    width,
    ...(isFourier ? { projection: fourier } : {}),
    ...(config.timestep_post_act ? { after: config.timestep_post_act } : {}),
    ...(config.time_embedding_act_fn ? { final: config.time_embedding_act_fn } : {}),
    ...(guidance ? { guidance } : {}),
    isConcatenated: config.class_embeddings_concat,
  };
}

/** Names and shapes of all tensors of a config, as diffusers names them. Nothing is allocated. */
export function conditionShapes(config: UNet2DConditionConfig, plan = planConditional(config)): ParameterSpecs {
  const [first = 1] = config.block_out_channels;
  const { encoder_hid_dim: before, cross_attention_dim: tokens } = config;
  const time = { width: embeddingWidth(plan.embedding), shift: config.resnet_time_scale_shift };
  return {
    ...convSpecs('conv_in', config.in_channels, first, config.conv_in_kernel),
    ...embeddingParameters(plan.embedding),
    ...(before ? linearSpecs('encoder_hid_proj', before, [tokens].flat()[0] ?? 1) : {}),
    ...levelSpecs(plan, time),
    ...normSpecs('conv_norm_out', first),
    ...convSpecs('conv_out', first, config.out_channels, config.conv_out_kernel),
  };
}

/** All conditions that the network reads. */
export function conditionsOf(config: UNet2DConditionConfig, plan: ConditionPlan): ConditionSpec {
  const { addedChannels } = plan;
  return {
    ...conditionalConditions(config, plan.embedding),
    ...(addedChannels > 0
      ? { added_channels: { dtype: 'float32', shape: ['height', 'width', addedChannels] } as const }
      : {}),
  };
}
