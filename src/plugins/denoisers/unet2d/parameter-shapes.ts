import { convSpecs, normSpecs, type ParameterSpecs } from '../../../core/networks/parameter-specs.js';
import { embeddingParameters, embeddingWidth } from '../../../core/networks/unet/embedding.js';
import { levelSpecs } from '../../../core/networks/unet/specs.js';
import type { UNet2DConfig } from './config-fields.js';
import { planUNet2D } from './plan.js';

/** Names and shapes of all tensors of a config, as diffusers names them. Nothing is allocated. */
export function parameterShapes(config: UNet2DConfig, plan = planUNet2D(config)): ParameterSpecs {
  const [first = 1] = config.block_out_channels;
  return {
    ...convSpecs('conv_in', config.in_channels, first, 3),
    ...embeddingParameters(plan.embedding),
    ...levelSpecs(plan, { width: embeddingWidth(plan.embedding), shift: config.resnet_time_scale_shift }),
    ...normSpecs('conv_norm_out', first),
    ...convSpecs('conv_out', first, config.out_channels, 3),
  };
}
