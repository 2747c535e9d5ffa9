import { embeddingLayersSpecs, SINUSOID_WIDTH } from '../../../core/networks/embedding-layers.js';
import { modulatedBlockSpecs, type ModulatedBlockPlan } from '../../../core/networks/modulated-block.js';
import {
  convSpecs,
  linearSpecs,
  tableSpecs,
  zeroLinearSpecs,
  type ParameterSpecs,
} from '../../../core/networks/parameter-specs.js';
import { readsSizes, type PixArtConfig } from './config.js';

/** Width of a token. */
export const widthOf = ({ num_attention_heads, attention_head_dim }: PixArtConfig): number =>
  num_attention_heads * attention_head_dim;

/** Channels of the output. */
export const outputOf = ({ out_channels, in_channels }: PixArtConfig): number => out_channels ?? in_channels;

/** The blocks, in the order of a call. */
export function pixartBlocks(config: PixArtConfig): readonly ModulatedBlockPlan[] {
  const width = widthOf(config);
  const attention = {
    width,
    heads: config.num_attention_heads,
    headWidth: config.attention_head_dim,
    bias: config.attention_bias,
  };
  const norm = { epsilon: config.norm_eps, isAffine: config.norm_elementwise_affine };
  return Array.from({ length: config.num_layers }, (_, block) => {
    const prefix = `transformer_blocks.${block}`;
    return {
      prefix,
      norms: [
        { prefix: `${prefix}.norm1`, ...norm },
        { prefix: `${prefix}.norm2`, ...norm },
      ],
      attention: { prefix: `${prefix}.attn1`, ...attention },
      cross: { prefix: `${prefix}.attn2`, ...attention, context: config.cross_attention_dim },
      feedForward: { prefix: `${prefix}.ff`, width, activation: config.activation_fn },
    };
  });
}

/** Names and shapes of all tensors of a config, as diffusers names them. */
export function pixartSpecs(config: PixArtConfig): ParameterSpecs {
  const width = widthOf(config);
  const embedder = (name: string, output: number): ParameterSpecs =>
    embeddingLayersSpecs(`adaln_single.emb.${name}`, SINUSOID_WIDTH, output);
  return Object.assign(
    {},
    convSpecs('pos_embed.proj', config.in_channels, width, config.patch_size),
    embedder('timestep_embedder', width),
    ...(readsSizes(config)
      ? [embedder('resolution_embedder', width / 3), embedder('aspect_ratio_embedder', width / 3)]
      : []),
    linearSpecs('adaln_single.linear', width, 6 * width),
    config.caption_channels ? embeddingLayersSpecs('caption_projection', config.caption_channels, width) : {},
    ...pixartBlocks(config).map((block) => ({
      ...modulatedBlockSpecs(block),
      ...tableSpecs(`${block.prefix}.scale_shift_table`, 6, width),
    })),
    tableSpecs('scale_shift_table', 2, width),
    zeroLinearSpecs('proj_out', width, config.patch_size ** 2 * outputOf(config)),
  ) as ParameterSpecs;
}
