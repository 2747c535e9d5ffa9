import { jointBlockSpecs, type JointBlockPlan } from '../../../core/networks/joint-block.js';
import { modulationSpecs } from '../../../core/networks/modulation.js';
import { linearSpecs, zeroLinearSpecs, type ParameterSpecs } from '../../../core/networks/parameter-specs.js';
import { timeTextSpecs, type TimeTextPlan } from '../time-text-embedding.js';
import type { FluxConfig } from './config.js';
import { singleBlockSpecs, type SingleBlockPlan } from './single-block.js';

/** Width of a token. */
export const widthOf = ({ num_attention_heads, attention_head_dim }: FluxConfig): number =>
  num_attention_heads * attention_head_dim;

/** Channels of the noisy sample and of the output; the rest of those that come in are a condition. */
export const sampleChannels = ({ out_channels, in_channels }: FluxConfig): number => out_channels ?? in_channels;

/** The embedding of time, text and guidance scale. */
export const timeTextOf = (config: FluxConfig): TimeTextPlan => ({
  width: widthOf(config),
  pooled: config.pooled_projection_dim,
  hasGuidance: config.guidance_embeds,
  scale: 1000,
});

const attentionOf = (config: FluxConfig) => ({
  width: widthOf(config),
  heads: config.num_attention_heads,
  headWidth: config.attention_head_dim,
  isNormed: true,
});

/** The joint blocks, in the order of a call. */
export function jointBlocks(config: FluxConfig): readonly JointBlockPlan[] {
  return Array.from({ length: config.num_layers }, (_, block) => {
    const prefix = `transformer_blocks.${block}`;
    const attention = { prefix: `${prefix}.attn`, ...attentionOf(config), text: 'kept', isTextFirst: true } as const;
    return { prefix, width: widthOf(config), attention };
  });
}

/** The single blocks behind them. */
export function singleBlocks(config: FluxConfig): readonly SingleBlockPlan[] {
  return Array.from({ length: config.num_single_layers }, (_, block) => {
    const prefix = `single_transformer_blocks.${block}`;
    const attention = { prefix: `${prefix}.attn`, ...attentionOf(config), hasOutput: false };
    return { prefix, width: widthOf(config), attention };
  });
}

/** Names and shapes of all tensors of a config, as diffusers names them. */
export function fluxSpecs(config: FluxConfig): ParameterSpecs {
  const width = widthOf(config);
  return Object.assign(
    {},
    timeTextSpecs(timeTextOf(config)),
    linearSpecs('context_embedder', config.joint_attention_dim, width),
    linearSpecs('x_embedder', config.in_channels, width),
    ...jointBlocks(config).map(jointBlockSpecs),
    ...singleBlocks(config).map(singleBlockSpecs),
    modulationSpecs('norm_out.linear', width, 2),
    zeroLinearSpecs('proj_out', width, sampleChannels(config)),
  ) as ParameterSpecs;
}
