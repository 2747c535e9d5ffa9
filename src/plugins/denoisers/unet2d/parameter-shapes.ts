import { convSpecs, embeddingSpecs, linearSpecs, normSpecs, type ParameterSpecs } from '../parameter-specs.js';
import type { UNet2DConfig } from './config.js';
import { headsOf, planUNet2D, type AttentionPlan, type ResnetPlan } from './plan.js';

/** Names and shapes of all tensors of a config, as diffusers names them. Nothing is allocated. */
export function parameterShapes(config: UNet2DConfig): ParameterSpecs {
  const plan = planUNet2D(config);
  const [first = 1] = config.block_out_channels;
  const resnet = (block: ResnetPlan) =>
    resnetSpecs(block, plan.timeWidth, config.resnet_time_scale_shift === 'scale_shift');
  const attention = (block: AttentionPlan | undefined) => (block ? attentionSpecs(block, config) : {});
  const levels = [...plan.down, ...plan.up].flatMap(({ blocks, resample }) => [
    ...blocks.flatMap((block) => [resnet(block.resnet), attention(block.attention)]),
    resample ? convSpecs(resample.prefix, resample.channels, resample.channels, 3) : {},
  ]);
  const { middle } = plan;
  return Object.assign(
    {},
    convSpecs('conv_in', config.in_channels, first, 3),
    linearSpecs('time_embedding.linear_1', first, plan.timeWidth),
    linearSpecs('time_embedding.linear_2', plan.timeWidth, plan.timeWidth),
    config.num_class_embeds ? embeddingSpecs('class_embedding', config.num_class_embeds, plan.timeWidth) : {},
    ...levels,
    ...(middle ? [...middle.resnets.map(resnet), attention(middle.attention)] : []),
    normSpecs('conv_norm_out', first),
    convSpecs('conv_out', first, config.out_channels, 3),
  ) as ParameterSpecs;
}

function resnetSpecs({ prefix, input, output }: ResnetPlan, timeWidth: number, scaleShift: boolean): ParameterSpecs {
  return {
    ...normSpecs(`${prefix}.norm1`, input),
    ...convSpecs(`${prefix}.conv1`, input, output, 3),
    ...linearSpecs(`${prefix}.time_emb_proj`, timeWidth, scaleShift ? 2 * output : output),
    ...normSpecs(`${prefix}.norm2`, output),
    ...convSpecs(`${prefix}.conv2`, output, output, 3),
    ...(input === output ? {} : convSpecs(`${prefix}.conv_shortcut`, input, output, 1)),
  };
}

function attentionSpecs({ prefix, channels, groups }: AttentionPlan, config: UNet2DConfig): ParameterSpecs {
  const { inner } = headsOf(channels, config.attention_head_dim);
  return {
    ...(groups === undefined ? {} : normSpecs(`${prefix}.group_norm`, channels)),
    ...linearSpecs(`${prefix}.to_q`, channels, inner),
    ...linearSpecs(`${prefix}.to_k`, channels, inner),
    ...linearSpecs(`${prefix}.to_v`, channels, inner),
    ...linearSpecs(`${prefix}.to_out.0`, inner, channels),
  };
}
