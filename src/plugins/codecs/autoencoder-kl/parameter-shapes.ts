import { attentionBlockSpecs } from '../../../core/networks/attention-block.js';
import { convSpecs, normSpecs, type ParameterSpecs } from '../../../core/networks/parameter-specs.js';
import { resnetSpecs } from '../../../core/networks/resnet-block.js';
import type { AutoencoderKlConfig } from './config.js';
import { decoderPlan, encoderPlan, type HalfPlan } from './plan.js';

/** Names and shapes of all tensors of a config, as diffusers names them. Nothing is allocated. */
export function autoencoderKlShapes(config: AutoencoderKlConfig): ParameterSpecs {
  const latents = config.latent_channels;
  return {
    ...halfSpecs(encoderPlan(config)),
    ...halfSpecs(decoderPlan(config)),
    ...(config.use_quant_conv ? convSpecs('quant_conv', 2 * latents, 2 * latents, 1) : {}),
    ...(config.use_post_quant_conv ? convSpecs('post_quant_conv', latents, latents, 1) : {}),
  };
}

function halfSpecs({ prefix, channels, levels, middle }: HalfPlan): ParameterSpecs {
  const blocks = levels.flatMap((level) => [
    ...level.blocks.flatMap(({ resnet, attention }) => [
      resnetSpecs(resnet),
      attention ? attentionBlockSpecs(attention) : {},
    ]),
    level.resample ? convSpecs(level.resample.prefix, level.resample.channels, level.resample.channels, 3) : {},
  ]);
  const outermost = prefix === 'encoder' ? middle.last.output : channels.last;
  return Object.assign(
    {},
    convSpecs(`${prefix}.conv_in`, channels.input, channels.first, 3),
    ...blocks,
    resnetSpecs(middle.first),
    middle.attention ? attentionBlockSpecs(middle.attention) : {},
    resnetSpecs(middle.last),
    normSpecs(`${prefix}.conv_norm_out`, outermost),
    convSpecs(`${prefix}.conv_out`, outermost, channels.output, 3),
  ) as ParameterSpecs;
}
