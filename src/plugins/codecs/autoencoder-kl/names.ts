import { modernName } from '../../../core/networks/legacy-names.js';

const PARTS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bmid\.block_1\b/, 'mid_block.resnets.0'],
  [/\bmid\.block_2\b/, 'mid_block.resnets.1'],
  [/\bmid\.attn_1\b/, 'mid_block.attentions.0'],
  [/\bdown\.(\d+)\.block\b/, 'down_blocks.$1.resnets'],
  [/\bdown\.(\d+)\.attn\b/, 'down_blocks.$1.attentions'],
  [/\bdown\.(\d+)\.downsample\b/, 'down_blocks.$1.downsamplers.0'],
  [/\bup\.(\d+)\.block\b/, 'up_blocks.$1.resnets'],
  [/\bup\.(\d+)\.attn\b/, 'up_blocks.$1.attentions'],
  [/\bup\.(\d+)\.upsample\b/, 'up_blocks.$1.upsamplers.0'],
  [/\bnin_shortcut\b/, 'conv_shortcut'],
  [/(coder)\.norm_out\b/, '$1.conv_norm_out'],
  [/(\.attentions\.\d+)\.norm\b/, '$1.group_norm'],
  [/(\.attentions\.\d+)\.([qkv])\b/, '$1.to_$2'],
  [/(\.attentions\.\d+)\.proj_out\b/, '$1.to_out.0'],
];

/**
 * Today's name of a tensor of an AutoencoderKL: of checkpoints from before diffusers 0.17, and of CompVis' single files,
 * which count the decoder's levels from the other end.
 *
 * @param levels - resolutions of the autoencoder
 */
export function autoencoderKlName(old: string, levels: number): string {
  const plain = old.replace(/^first_stage_model\./, '');
  const counted = plain.replace(
    /\bdecoder\.up\.(\d+)\b/,
    (_, level: string) => `decoder.up.${levels - 1 - Number(level)}`,
  );
  return modernName(PARTS.reduce((name, [pattern, now]) => name.replace(pattern, now), counted));
}
