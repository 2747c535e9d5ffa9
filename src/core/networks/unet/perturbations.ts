import type { DenoiserInfo } from '../../contracts/denoiser.js';
import { blocksOf } from '../transformer-block.js';
import type { BlockPlan, UNetPlan } from './plan.js';

/** The attention map of a block is the identity: its values pass through (Ahn et al. 2024, section 4). */
export const IDENTITY_ATTENTION = 'identity-attention';

/** A block returns what it got. */
export const SKIP_LAYER = 'skip-layer';

/**
 * What may be changed in a network, by the names that diffusers gives to its blocks: attentions of more than one pixel to
 * each other, and blocks that give what has the shape of what they got.
 *
 * @param pixels - pixels of a sample
 */
export function perturbationsOf(plan: UNetPlan, pixels: number): Pick<DenoiserInfo, 'perturbations'> {
  const blocks = everyBlock(plan);
  const attentions = blocks.flatMap(({ level, attention, transformer }) =>
    pixels > 4 ** level ? [...(attention ? [attention.prefix] : []), ...selfAttentions(transformer)] : [],
  );
  const skipped = blocks.flatMap(({ resnet, attention, transformer }) => [
    ...(resnet.input === resnet.output ? [resnet.prefix] : []),
    ...(attention ? [attention.prefix] : []),
    ...(transformer ? [transformer.prefix] : []),
  ]);
  const offered = Object.entries({ [IDENTITY_ATTENTION]: attentions, [SKIP_LAYER]: skipped });
  return { perturbations: Object.fromEntries(offered.filter(([, layers]) => layers.length > 0)) };
}

function selfAttentions(transformer: BlockPlan['transformer']): readonly string[] {
  if (transformer === undefined || transformer.isOnlyCross) return [];
  return blocksOf(transformer).map((block) => `${block}.attn1`);
}

/** All blocks in the order of a call, each with how often its map was halved. */
function everyBlock({ down, middle, up }: UNetPlan): readonly (BlockPlan & { readonly level: number })[] {
  const deepest = down.length - 1;
  const at = (level: number, blocks: readonly BlockPlan[]) => blocks.map((block) => ({ ...block, level }));
  return [
    ...down.flatMap(({ blocks }, level) => at(level, blocks)),
    ...at(deepest, middle),
    ...up.flatMap(({ blocks }, level) => at(deepest - level, blocks)),
  ];
}
