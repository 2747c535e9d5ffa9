import type { Settings } from '../../../../../core/assembly/plain-json.js';
import type { Shapes } from './shapes.js';

/** Resolutions of an autoencoder. */
export const resolutions = (shapes: Shapes): number =>
  shapes.count((level) => `encoder.down.${level}.block.0.conv1.weight`);

/**
 * The config of an autoencoder, inferred from its shapes.
 *
 * @param shapes - of its tensors in CompVis' names
 * @param sizes - height and width of an image, and the factor of latents, which no tensor says
 * @throws DiffusionError `RXD_FILE_CORRUPT` where a tensor is missing that says it
 */
export function autoencoderConfig(shapes: Shapes, sizes: { readonly size: number; readonly scale: number }): Settings {
  const levels = Array.from({ length: resolutions(shapes) }, (_, level) => `encoder.down.${level}.block`);
  return {
    _class_name: 'AutoencoderKL',
    in_channels: shapes.side('encoder.conv_in.weight', 1),
    out_channels: shapes.side('decoder.conv_out.weight', 0),
    down_block_types: levels.map(() => 'DownEncoderBlock2D'),
    up_block_types: levels.map(() => 'UpDecoderBlock2D'),
    block_out_channels: levels.map((block) => shapes.side(`${block}.0.conv1.weight`, 0)),
    layers_per_block: shapes.count((block) => `encoder.down.0.block.${block}.conv1.weight`),
    latent_channels: shapes.side('decoder.conv_in.weight', 1),
    mid_block_add_attention: shapes.has('encoder.mid.attn_1.q.weight'),
    use_quant_conv: shapes.has('quant_conv.weight'),
    use_post_quant_conv: shapes.has('post_quant_conv.weight'),
    sample_size: sizes.size,
    scaling_factor: sizes.scale,
  };
}
