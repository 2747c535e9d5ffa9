import { unsupported } from '../../../../../core/storage/corrupt.js';
import type { ReadableTensors } from '../../../../../core/tensors/plain-tensor.js';
import { GENERATIONS, UNET, type Generation } from './kinds.js';
import { otherKind } from './other-kinds.js';
import { below, Shapes } from './shapes.js';
import { contextWidth } from './unet-config.js';

/** What a file was recognised as. */
export interface Recognised {
  readonly generation: Generation;
  /** Its U-Net reads a mask and a masked image beside the latents. */
  readonly isInpainting: boolean;
}

/** Numbers of one token by generation, for files without a text encoder. */
const CONTEXTS: Readonly<Record<number, Generation>> = { 768: 'sd1', 1024: 'sd2', 2048: 'sdxl' };

/** Channels of a mask, and of the latents of a masked image. */
const INPAINTING = 5;

const NOT_WHOLE = /^(conditioner\.embedders\.0\.model\.|edm_mean$|edm_std$|control_model\.)/;

/**
 * Tells a file of a whole Stable Diffusion by its tensors.
 *
 * @throws DiffusionError `RXD_FORMAT_UNSUPPORTED` for all others, by name
 */
export function recognised(tensors: ReadableTensors, file: string): Recognised {
  const names = Object.keys(tensors);
  const isWhole = Object.hasOwn(tensors, `${UNET}input_blocks.0.0.weight`);
  if (!isWhole || names.some((name) => NOT_WHOLE.test(name))) throw otherKind(tensors, file);
  const shapes = new Shapes(below(tensors, UNET), file);
  const generation = generationOf(names, shapes, file);
  const added = shapes.side('input_blocks.0.0.weight', 1) - shapes.side('out.2.weight', 0);
  const says = shapes.has('label_emb.weight') || shapes.has('label_emb.0.0.weight');
  if (added !== 0 && added !== INPAINTING) throw otherModel(file, `${added} more channels in than out`);
  if (says !== (generation === 'sdxl'))
    throw otherModel(file, says ? 'an embedding of labels (`label_emb`)' : 'no embedding of sizes (`label_emb`)');
  return { generation, isInpainting: added === INPAINTING };
}

function generationOf(names: readonly string[], shapes: Shapes, file: string): Generation {
  const all = Object.entries(GENERATIONS) as readonly (readonly [Generation, (typeof GENERATIONS)[Generation]])[];
  const byText = all.find(([, { text }]) => names.some((name) => name.startsWith(text.at(-1)?.prefix ?? '-')));
  if (byText !== undefined) return byText[0];
  const width = contextWidth(shapes);
  const byWidth = CONTEXTS[width];
  if (byWidth !== undefined) return byWidth;
  throw otherModel(file, `no text encoder, and a U-Net that reads tokens of ${width} numbers`);
}

const otherModel = (file: string, got: string) =>
  unsupported(
    file,
    `a U-Net in the original names with ${got}`,
    'Stable Diffusion 1, 2 or XL, or one of these for inpainting',
    'get the folder that diffusers has of this model',
  );
