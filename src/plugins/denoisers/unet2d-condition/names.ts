const WHOLE: Readonly<Record<string, string>> = {
  'input_blocks.0.0': 'conv_in',
  'time_embed.0': 'time_embedding.linear_1',
  'time_embed.2': 'time_embedding.linear_2',
  'label_emb.0.0': 'add_embedding.linear_1',
  'label_emb.0.2': 'add_embedding.linear_2',
  'out.0': 'conv_norm_out',
  'out.2': 'conv_out',
};

/** Layers of a residual block. */
const RESNET: readonly (readonly [old: string, name: string])[] = [
  ['in_layers.0', 'norm1'],
  ['in_layers.2', 'conv1'],
  ['emb_layers.1', 'time_emb_proj'],
  ['out_layers.0', 'norm2'],
  ['out_layers.3', 'conv2'],
  ['skip_connection', 'conv_shortcut'],
];

const BLOCK = /^(input|output)_blocks\.(\d+)\.(\d)\.(.+)$/;
const MIDDLE = /^middle_block\.([012])\.(.+)$/;

/**
 * The name of diffusers of a tensor of a U-Net that CompVis' latent-diffusion saved (its names, without
 * `model.diffusion_model.`); `undefined` for one that its U-Net does not have.
 *
 * @param layers - residual blocks of a level (`layers_per_block`): the blocks there are counted through all levels
 */
export function unet2dConditionName(old: string, layers: number): string | undefined {
  const whole = /^(.+)\.(weight|bias)$/.exec(old);
  const plain = WHOLE[whole?.[1] ?? ''];
  if (plain !== undefined) return `${plain}.${whole?.[2] ?? ''}`;
  const middle = MIDDLE.exec(old);
  if (middle) return middleName(Number(middle[1]), middle[2] ?? '');
  const [, way, number, place, rest = ''] = BLOCK.exec(old) ?? [];
  if (way === undefined) return undefined;
  return way === 'input'
    ? inputName(Number(number) - 1, Number(place), rest, layers)
    : outputName(Number(number), Number(place), rest, layers);
}

function middleName(place: number, rest: string): string {
  return place === 1 ? `mid_block.attentions.0.${rest}` : `mid_block.resnets.${place / 2}.${resnetName(rest)}`;
}

/** Blocks of the contracting path: those of a level, then what halves the map. */
function inputName(block: number, place: number, rest: string, layers: number): string {
  const [level, inLevel] = [Math.floor(block / (layers + 1)), block % (layers + 1)];
  if (place === 0 && rest.startsWith('op.')) return `down_blocks.${level}.downsamplers.0.conv.${rest.slice(3)}`;
  return blockName(`down_blocks.${level}`, inLevel, place, rest);
}

/** Blocks of the expanding path: what doubles the map is the last part of a level's last block. */
function outputName(block: number, place: number, rest: string, layers: number): string {
  const [level, inLevel] = [Math.floor(block / (layers + 1)), block % (layers + 1)];
  if (place > 0 && rest.startsWith('conv.')) return `up_blocks.${level}.upsamplers.0.${rest}`;
  return blockName(`up_blocks.${level}`, inLevel, place, rest);
}

function blockName(level: string, block: number, place: number, rest: string): string {
  return place === 0 ? `${level}.resnets.${block}.${resnetName(rest)}` : `${level}.attentions.${block}.${rest}`;
}

function resnetName(old: string): string {
  const [from, to] = RESNET.find(([prefix]) => old.startsWith(`${prefix}.`)) ?? ['', ''];
  return `${to}${old.slice(from.length)}`;
}
