import { attentionBlockSpecs, type AttentionPlan } from '../../../core/networks/attention-block.js';
import {
  convSpecs,
  embeddingSpecs,
  linearSpecs,
  normSpecs,
  type ParameterSpecs,
} from '../../../core/networks/parameter-specs.js';
import { resnetSpecs, type ResnetPlan } from '../../../core/networks/resnet-block.js';
import type { UNet2DConfig } from './config.js';
import { planUNet2D } from './plan.js';

/** Names and shapes of all tensors of a config, as diffusers names them. Nothing is allocated. */
export function parameterShapes(config: UNet2DConfig): ParameterSpecs {
  const plan = planUNet2D(config);
  const [first = 1] = config.block_out_channels;
  const resnet = (block: ResnetPlan) =>
    resnetSpecs(block, { width: plan.timeWidth, shift: config.resnet_time_scale_shift });
  const attention = (block: AttentionPlan | undefined) => (block ? attentionBlockSpecs(block) : {});
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
