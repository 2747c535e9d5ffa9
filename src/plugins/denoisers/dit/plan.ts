import { embeddingLayersSpecs, SINUSOID_WIDTH } from '../../../core/networks/embedding-layers.js';
import { modulatedBlockSpecs, type ModulatedBlockPlan } from '../../../core/networks/modulated-block.js';
import { modulationSpecs } from '../../../core/networks/modulation.js';
import {
  convSpecs,
  embeddingSpecs,
  zeroLinearSpecs,
  type ParameterSpecs,
} from '../../../core/networks/parameter-specs.js';
import type { DitConfig } from './config.js';

/** Width of a token. */
export const widthOf = ({ num_attention_heads, attention_head_dim }: DitConfig): number =>
  num_attention_heads * attention_head_dim;

/** Channels of the output. */
export const outputOf = ({ out_channels, in_channels }: DitConfig): number => out_channels ?? in_channels;

/** The blocks, in the order of a call. */
export function ditBlocks(config: DitConfig): readonly ModulatedBlockPlan[] {
  const width = widthOf(config);
  return Array.from({ length: config.num_layers }, (_, block) => {
    const prefix = `transformer_blocks.${block}`;
    return {
      prefix,
      norms: [
        { prefix: `${prefix}.norm1.norm`, epsilon: 1e-6, isAffine: false },
        { prefix: `${prefix}.norm3`, epsilon: config.norm_eps, isAffine: config.norm_elementwise_affine },
      ],
      attention: {
        prefix: `${prefix}.attn1`,
        width,
        heads: config.num_attention_heads,
        headWidth: config.attention_head_dim,
        bias: config.attention_bias,
      },
      feedForward: { prefix: `${prefix}.ff`, width, activation: config.activation_fn },
    };
  });
}

/** Names and shapes of all tensors of a config, as diffusers names them. */
export function ditSpecs(config: DitConfig): ParameterSpecs {
  const width = widthOf(config);
  return Object.assign(
    {},
    convSpecs('pos_embed.proj', config.in_channels, width, config.patch_size),
    ...ditBlocks(config).map((block) => ({
      ...embeddingLayersSpecs(`${block.prefix}.norm1.emb.timestep_embedder`, SINUSOID_WIDTH, width),
      ...embeddingSpecs(
        `${block.prefix}.norm1.emb.class_embedder.embedding_table`,
        config.num_embeds_ada_norm + 1,
        width,
      ),
      ...modulationSpecs(`${block.prefix}.norm1.linear`, width, 6),
      ...modulatedBlockSpecs(block),
    })),
    modulationSpecs('proj_out_1', width, 2),
    zeroLinearSpecs('proj_out_2', width, config.patch_size ** 2 * outputOf(config)),
  ) as ParameterSpecs;
}
