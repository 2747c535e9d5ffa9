import { jointBlockSpecs, type JointBlockPlan } from '../../../core/networks/joint-block.js';
import { modulationSpecs } from '../../../core/networks/modulation.js';
import {
  convSpecs,
  linearSpecs,
  zeroLinearSpecs,
  type ParameterSpec,
  type ParameterSpecs,
} from '../../../core/networks/parameter-specs.js';
import { sinePositions } from '../../../core/networks/sine-positions.js';
import { timeTextSpecs, type TimeTextPlan } from '../time-text-embedding.js';
import type { Sd3Config } from './config.js';

/** Width of a token. */
export const widthOf = ({ num_attention_heads, attention_head_dim }: Sd3Config): number =>
  num_attention_heads * attention_head_dim;

/** Channels of the output. */
export const outputOf = ({ out_channels, in_channels }: Sd3Config): number => out_channels ?? in_channels;

/** The embedding of time and text. */
export const timeTextOf = (config: Sd3Config): TimeTextPlan => ({
  width: widthOf(config),
  pooled: config.pooled_projection_dim,
});

/** The blocks, in the order of a call. */
export function sd3Blocks(config: Sd3Config): readonly JointBlockPlan[] {
  const shared = {
    width: widthOf(config),
    heads: config.num_attention_heads,
    headWidth: config.attention_head_dim,
    isNormed: config.qk_norm === 'rms_norm',
  };
  return Array.from({ length: config.num_layers }, (_, block) => {
    const prefix = `transformer_blocks.${block}`;
    const text = block === config.num_layers - 1 ? 'dropped' : 'kept';
    return {
      prefix,
      width: shared.width,
      attention: { prefix: `${prefix}.attn`, ...shared, text },
      ...(config.dual_attention_layers.includes(block) ? { second: { prefix: `${prefix}.attn2`, ...shared } } : {}),
    };
  });
}

/** Names and shapes of all tensors of a config, as diffusers names them. */
export function sd3Specs(config: Sd3Config): ParameterSpecs {
  const width = widthOf(config);
  return Object.assign(
    {},
    convSpecs('pos_embed.proj', config.in_channels, width, config.patch_size),
    { 'pos_embed.pos_embed': positionsSpec(config) },
    timeTextSpecs(timeTextOf(config)),
    linearSpecs('context_embedder', config.joint_attention_dim, width),
    ...sd3Blocks(config).map(jointBlockSpecs),
    modulationSpecs('norm_out.linear', width, 2),
    zeroLinearSpecs('proj_out', width, config.patch_size ** 2 * outputOf(config)),
  ) as ParameterSpecs;
}

/** The table of positions, which a checkpoint holds and training leaves as it is. */
function positionsSpec(config: Sd3Config): ParameterSpec {
  const { pos_embed_max_size: side, sample_size, patch_size } = config;
  const width = widthOf(config);
  return {
    kind: 'fixed',
    layout: 'same',
    shape: [1, side ** 2, width],
    fanIn: 1,
    values: () => sinePositions({ height: side, width: side }, { width, base: sample_size / patch_size }),
  };
}
