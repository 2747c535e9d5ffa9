import type { ParameterLayout } from '../../../core/contracts/denoiser.js';
import type { UNet2DConfig } from './config.js';
import { headsOf, planUNet2D, type AttentionPlan, type ResnetPlan } from './plan.js';

/** Kind and shape (in memory order) of one tensor of the network. */
export interface ParameterSpec {
  readonly kind: 'weight' | 'bias' | 'norm-scale' | 'norm-shift' | 'embedding';
  readonly layout: ParameterLayout;
  readonly shape: readonly number[];
  /** Inputs of one output value, by which PyTorch scales initial weights. */
  readonly fanIn: number;
}

/** Tensors by name. */
export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;

/** Names and shapes of all tensors of a config, as diffusers names them. Nothing is allocated. */
export function parameterShapes(config: UNet2DConfig): ParameterSpecs {
  const plan = planUNet2D(config);
  const [first = 1] = config.block_out_channels;
  const resnet = (block: ResnetPlan) =>
    resnetSpecs(block, plan.timeWidth, config.resnet_time_scale_shift === 'scale_shift');
  const attention = (block: AttentionPlan | undefined) => (block ? attentionSpecs(block, config) : {});
  const levels = [...plan.down, ...plan.up].flatMap(({ blocks, resample }) => [
    ...blocks.flatMap((block) => [resnet(block.resnet), attention(block.attention)]),
    resample ? conv(resample.prefix, resample.channels, resample.channels, 3) : {},
  ]);
  const { middle } = plan;
  return Object.assign(
    {},
    conv('conv_in', config.in_channels, first, 3),
    linear('time_embedding.linear_1', first, plan.timeWidth),
    linear('time_embedding.linear_2', plan.timeWidth, plan.timeWidth),
    config.num_class_embeds ? table('class_embedding', config.num_class_embeds, plan.timeWidth) : {},
    ...levels,
    ...(middle ? [...middle.resnets.map(resnet), attention(middle.attention)] : []),
    norm('conv_norm_out', first),
    conv('conv_out', first, config.out_channels, 3),
  ) as ParameterSpecs;
}

function resnetSpecs({ prefix, input, output }: ResnetPlan, timeWidth: number, scaleShift: boolean): ParameterSpecs {
  return {
    ...norm(`${prefix}.norm1`, input),
    ...conv(`${prefix}.conv1`, input, output, 3),
    ...linear(`${prefix}.time_emb_proj`, timeWidth, scaleShift ? 2 * output : output),
    ...norm(`${prefix}.norm2`, output),
    ...conv(`${prefix}.conv2`, output, output, 3),
    ...(input === output ? {} : conv(`${prefix}.conv_shortcut`, input, output, 1)),
  };
}

function attentionSpecs({ prefix, channels, groups }: AttentionPlan, config: UNet2DConfig): ParameterSpecs {
  const { inner } = headsOf(channels, config.attention_head_dim);
  return {
    ...(groups === undefined ? {} : norm(`${prefix}.group_norm`, channels)),
    ...linear(`${prefix}.to_q`, channels, inner),
    ...linear(`${prefix}.to_k`, channels, inner),
    ...linear(`${prefix}.to_v`, channels, inner),
    ...linear(`${prefix}.to_out.0`, inner, channels),
  };
}

function conv(prefix: string, input: number, output: number, side: number): ParameterSpecs {
  const fanIn = input * side * side;
  return {
    [`${prefix}.weight`]: { kind: 'weight', layout: 'conv2d', shape: [side, side, input, output], fanIn },
    [`${prefix}.bias`]: { kind: 'bias', layout: 'same', shape: [output], fanIn },
  };
}

function linear(prefix: string, input: number, output: number): ParameterSpecs {
  return {
    [`${prefix}.weight`]: { kind: 'weight', layout: 'linear', shape: [input, output], fanIn: input },
    [`${prefix}.bias`]: { kind: 'bias', layout: 'same', shape: [output], fanIn: input },
  };
}

function norm(prefix: string, channels: number): ParameterSpecs {
  return {
    [`${prefix}.weight`]: { kind: 'norm-scale', layout: 'same', shape: [channels], fanIn: 1 },
    [`${prefix}.bias`]: { kind: 'norm-shift', layout: 'same', shape: [channels], fanIn: 1 },
  };
}

function table(prefix: string, rows: number, width: number): ParameterSpecs {
  return { [`${prefix}.weight`]: { kind: 'embedding', layout: 'same', shape: [rows, width], fanIn: 1 } };
}
