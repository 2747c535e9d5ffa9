import type { DenoiserInfo } from '../../core/contracts/denoiser.js';
import { scoresHeld } from '../../core/kernels/query-chunks.js';
import type { ModulatedBlockPlan } from '../../core/networks/modulated-block.js';
import type { LayerOptions } from '../../core/networks/layers.js';
import { IDENTITY_ATTENTION, SKIP_LAYER } from '../../core/networks/unet/perturbations.js';

/** What the layers of transformers have in common. */
export const TRANSFORMER_LAYERS: LayerOptions = { activation: 'silu', groups: 1, epsilon: 1e-6 };

/** Tokens of a text that estimates of memory count with. */
export const USUAL_TEXT = 256;

/** Sizes of a transformer over the patches of an image. */
interface ImageTransformer {
  readonly sample_size: number;
  readonly patch_size: number;
  readonly in_channels: number;
  readonly num_attention_heads: number;
  /** Width of a token. */
  readonly width: number;
  /** Channels of the output. */
  readonly outputs: number;
}

/** What a transformer over patches says of itself, its conditions apart. */
export function imageTransformerInfo(
  {
    sample_size: side,
    patch_size: patch,
    in_channels: channels,
    num_attention_heads: heads,
    ...sizes
  }: ImageTransformer,
  text = 0,
): Pick<DenoiserInfo, 'sampleShape' | 'sizes' | 'activations' | 'learnsVariance'> {
  return {
    sampleShape: [side, side, channels],
    sizes: { multipleOf: patch },
    activations: activationsOf((side / patch) ** 2 + text, { heads, width: sizes.width }),
    ...(sizes.outputs === 2 * channels ? { learnsVariance: true } : {}),
  };
}

/** What may be changed in blocks that attend to their own tokens. */
export function blockPerturbations(
  blocks: readonly ModulatedBlockPlan[],
  { sample_size, patch_size }: Pick<ImageTransformer, 'sample_size' | 'patch_size'>,
): NonNullable<DenoiserInfo['perturbations']> {
  const skipped = { [SKIP_LAYER]: blocks.map(({ prefix }) => prefix) };
  // One token alone attends to itself anyway.
  if (sample_size === patch_size) return skipped;
  return { ...skipped, [IDENTITY_ATTENTION]: blocks.map(({ attention }) => attention.prefix) };
}

/** Numbers of one sample that a call holds at once, at least: a block's tokens, between its linear layers or in attention. */
export function activationsOf(tokens: number, { heads, width }: { readonly heads: number; readonly width: number }) {
  return tokens * width + Math.max(4 * tokens * width, 3 * tokens * width + scoresHeld(heads, tokens, tokens));
}
