import type { DenoiserInfo } from '../../../core/contracts/denoiser.js';
import type { LevelPlan, UNet2DPlan } from './plan.js';

/** The attention map of a block is the identity: its values pass through (Ahn et al. 2024, section 4). */
export const IDENTITY_ATTENTION = 'identity-attention';

/** A block returns what it got. */
export const SKIP_LAYER = 'skip-layer';

type Block = LevelPlan['blocks'][number];

/**
 * What may be changed in a network, by the names that diffusers gives to its blocks: attentions of more than one pixel, and
 * blocks that give what has the shape of what they got.
 *
 * @param pixels - pixels of a sample
 */
export function perturbationsOf(plan: UNet2DPlan, pixels: number): Pick<DenoiserInfo, 'perturbations'> {
  const blocks = blocksOf(plan);
  const attentions = blocks.flatMap(({ level, attention }) =>
    attention && pixels > 4 ** level ? [attention.prefix] : [],
  );
  const skipped = blocks.flatMap(({ resnet, attention }) => [
    ...(resnet.input === resnet.output ? [resnet.prefix] : []),
    ...(attention ? [attention.prefix] : []),
  ]);
  const offered = Object.entries({ [IDENTITY_ATTENTION]: attentions, [SKIP_LAYER]: skipped });
  return { perturbations: Object.fromEntries(offered.filter(([, layers]) => layers.length > 0)) };
}

/** All blocks in the order of a call, each with how often its map was halved. */
function blocksOf({ down, middle, up }: UNet2DPlan): readonly (Block & { readonly level: number })[] {
  const deepest = down.length - 1;
  const at = (level: number, blocks: readonly Block[]) => blocks.map((block) => ({ ...block, level }));
  const [first, last] = middle?.resnets ?? [];
  return [
    ...down.flatMap(({ blocks }, level) => at(level, blocks)),
    ...at(deepest, first ? [{ resnet: first, ...(middle?.attention ? { attention: middle.attention } : {}) }] : []),
    ...at(deepest, last ? [{ resnet: last }] : []),
    ...up.flatMap(({ blocks }, level) => at(deepest - level, blocks)),
  ];
}
