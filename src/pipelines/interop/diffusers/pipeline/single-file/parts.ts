import { renamed } from '../../../../../core/storage/model-folder.js';
import type { ReadableTensor, ReadableTensors } from '../../../../../core/tensors/plain-tensor.js';
import { reshaped } from '../../../../../core/tensors/readable-tensor.js';
import { autoencoderKlName } from '../../../../../plugins/codecs/autoencoder-kl/names.js';
import { clipTextName } from '../../../../../plugins/conditioners/clip-text/names.js';
import { fromOpenClip } from '../../../../../plugins/conditioners/clip-text/open-clip-names.js';
import { unet2dConditionName } from '../../../../../plugins/denoisers/unet2d-condition/names.js';
import { resolutions } from './autoencoder-config.js';
import { AUTOENCODER, UNET, type TextPlace } from './kinds.js';
import { below, Shapes } from './shapes.js';
import { layersPerBlock } from './unet-config.js';

/** The U-Net of a file, under the names of diffusers. Throws `RXD_FILE_CORRUPT` for names that no U-Net has. */
export function unetTensors(tensors: ReadableTensors, file: string): ReadableTensors {
  const own = below(tensors, UNET);
  const layers = layersPerBlock(new Shapes(own, file));
  return renamed(own, (old) => unet2dConditionName(old, layers) ?? old, file);
}

/** Layers of the autoencoder's attention, which CompVis saves as convolutions of one pixel. */
const ATTENTION = /\.attentions\.\d+\.to_(q|k|v|out\.0)\.weight$/;

/** The autoencoder of a file, under the names of diffusers; what it was trained against is left out. */
export function autoencoderTensors(tensors: ReadableTensors, file: string): ReadableTensors {
  const own = Object.entries(below(tensors, AUTOENCODER)).filter(([name]) => !/^(loss|model_ema)\./.test(name));
  const levels = resolutions(new Shapes(Object.fromEntries(own), file));
  const modern = renamed(Object.fromEntries(own), (old) => autoencoderKlName(old, levels), file);
  return Object.fromEntries(Object.entries(modern).map(([name, tensor]) => [name, asLinear(name, tensor)]));
}

function asLinear(name: string, tensor: ReadableTensor): ReadableTensor {
  const [output = 1, input = 1, ...pixel] = tensor.shape;
  return ATTENTION.test(name) && pixel.join() === '1,1' ? reshaped(tensor, [output, input]) : tensor;
}

/** A text encoder of a file, under the names of transformers. */
export function textTensors(tensors: ReadableTensors, { prefix, kind }: TextPlace, file: string): ReadableTensors {
  const own = below(tensors, prefix);
  return kind === 'openai' ? renamed(own, clipTextName, file) : fromOpenClip(own);
}
