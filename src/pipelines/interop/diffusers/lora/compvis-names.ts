/** Layers of a residual block, by CompVis' names. */
const RESNET: Readonly<Record<string, string>> = {
  in_layers_2: 'conv1',
  emb_layers_1: 'time_emb_proj',
  out_layers_3: 'conv2',
  skip_connection: 'conv_shortcut',
};

const WHOLE: Readonly<Record<string, string>> = {
  input_blocks_0_0: 'conv_in',
  time_embed_0: 'time_embedding_linear_1',
  time_embed_2: 'time_embedding_linear_2',
  label_emb_0_0: 'add_embedding_linear_1',
  label_emb_0_2: 'add_embedding_linear_2',
  out_2: 'conv_out',
};

const BLOCK = /^(input|output)_blocks_(\d+)_(\d)_(.+)$/;
const MIDDLE = /^middle_block_([012])_(.+)$/;

/**
 * The name of diffusers of a U-Net's layer that a file calls as CompVis does, both with underscores: kohya's files for Stable
 * Diffusion XL do. Nothing for a name of another kind.
 *
 * @param layers - residual blocks of a level: blocks are counted through all levels
 */
export function compVisName(name: string, layers: number): string | undefined {
  if (Object.hasOwn(WHOLE, name)) return WHOLE[name];
  const [, place, rest = ''] = MIDDLE.exec(name) ?? [];
  if (place !== undefined)
    return place === '1' ? `mid_block_attentions_0_${rest}` : `mid_block_resnets_${Number(place) / 2}_${resnet(rest)}`;
  const [, way, number, part, own = ''] = BLOCK.exec(name) ?? [];
  if (way === undefined) return undefined;
  const block = Number(number) - (way === 'input' ? 1 : 0);
  const [level, inLevel] = [Math.floor(block / (layers + 1)), block % (layers + 1)];
  const blocks = `${way === 'input' ? 'down' : 'up'}_blocks_${level}`;
  if (own === 'op') return `${blocks}_downsamplers_0_conv`;
  if (own === 'conv') return `${blocks}_upsamplers_0_conv`;
  return part === '0' ? `${blocks}_resnets_${inLevel}_${resnet(own)}` : `${blocks}_attentions_${inLevel}_${own}`;
}

const resnet = (layer: string): string => RESNET[layer] ?? layer;
