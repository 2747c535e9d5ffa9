import type { Settings } from '../../../../../core/assembly/plain-json.js';
import type { Generation } from './kinds.js';
import { GENERATIONS } from './kinds.js';
import type { Shapes } from './shapes.js';

/** Heads of every attention of Stable Diffusion 1; the later ones have heads of this many numbers. */
const HEADS = 8;
const HEAD_WIDTH = 64;

/** Numbers that Stable Diffusion XL is told of sizes. */
const SIZES = 6;

/** Residual blocks of a level, by where the first map is halved; all of them where none is. */
export function layersPerBlock(shapes: Shapes): number {
  const blocks = shapes.count((index) => `input_blocks.${index}.0.${index === 0 ? 'weight' : firstOf(shapes, index)}`);
  for (let block = 1; block < blocks; block++) if (isHalving(shapes, block)) return block - 1;
  return Math.max(blocks - 1, 1);
}

const isHalving = (shapes: Shapes, block: number): boolean => shapes.has(`input_blocks.${block}.0.op.weight`);

const firstOf = (shapes: Shapes, block: number): string =>
  isHalving(shapes, block) ? 'op.weight' : 'in_layers.0.weight';

/**
 * The config of a U-Net, inferred from its shapes and what is known of its generation.
 *
 * @param shapes - of its tensors in CompVis' names
 * @param pooled - width of the pooled state of the text, where the network is told it
 * @throws DiffusionError `RXD_FILE_CORRUPT` where a tensor is missing that says it
 */
export function unetConfig(shapes: Shapes, generation: Generation, pooled: number | undefined): Settings {
  const layers = layersPerBlock(shapes);
  const levels = shapes.count((level) => `input_blocks.${1 + level * (layers + 1)}.0.in_layers.2.weight`);
  const each = Array.from({ length: levels }, (_, level) => levelOf(shapes, level, layers));
  const channels = each.map(({ width }) => width);
  const middle = transformersOf(shapes, 'middle_block.1');
  const depths = each.map(({ depth }, level) => depth ?? (level === levels - 1 ? middle : undefined) ?? 1);
  const up = Array.from({ length: levels }, (_, level) =>
    shapes.has(`output_blocks.${level * (layers + 1)}.1.norm.weight`),
  );
  return {
    _class_name: 'UNet2DConditionModel',
    sample_size: GENERATIONS[generation].latents,
    in_channels: shapes.side('input_blocks.0.0.weight', 1),
    out_channels: shapes.side('out.2.weight', 0),
    block_out_channels: channels,
    down_block_types: each.map(({ depth }) => (depth === undefined ? 'DownBlock2D' : 'CrossAttnDownBlock2D')),
    up_block_types: up.map((crosses) => (crosses ? 'CrossAttnUpBlock2D' : 'UpBlock2D')),
    layers_per_block: layers,
    cross_attention_dim: contextWidth(shapes),
    transformer_layers_per_block: depths.every((depth) => depth === 1) ? 1 : depths,
    attention_head_dim: generation === 'sd1' ? HEADS : channels.map((width) => Math.ceil(width / HEAD_WIDTH)),
    use_linear_projection: shapes.rank('middle_block.1.proj_in.weight') === 2,
    ...(generation === 'sdxl' ? sizesOf(shapes, pooled) : {}),
  };
}

/** Numbers of one token of a text, as the middle of the network reads them. */
export const contextWidth = (shapes: Shapes): number =>
  shapes.side('middle_block.1.transformer_blocks.0.attn2.to_k.weight', 1);

function levelOf(shapes: Shapes, level: number, layers: number): { readonly width: number; readonly depth?: number } {
  const block = 1 + level * (layers + 1);
  const depth = transformersOf(shapes, `input_blocks.${block}.1`);
  const width = shapes.side(`input_blocks.${block}.0.in_layers.2.weight`, 0);
  return { width, ...(depth === undefined ? {} : { depth }) };
}

/** Transformer blocks in a row; nothing where the place has none. */
function transformersOf(shapes: Shapes, place: string): number | undefined {
  const count = shapes.count((index) => `${place}.transformer_blocks.${index}.norm1.weight`);
  return count === 0 ? undefined : count;
}

function sizesOf(shapes: Shapes, pooled = 1280): Settings {
  const input = shapes.side('label_emb.0.0.weight', 1);
  return {
    addition_embed_type: 'text_time',
    addition_time_embed_dim: Math.max(1, Math.floor((input - pooled) / SIZES)),
    projection_class_embeddings_input_dim: input,
  };
}
