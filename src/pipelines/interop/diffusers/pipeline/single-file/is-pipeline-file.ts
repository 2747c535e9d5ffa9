import { TensorFile } from '../../../../../core/storage/tensor-file.js';
import { sourceOf } from '../../../../../core/storage/byte-sources.js';
import { placeOf, type WeightsPlace } from '../../../../../core/storage/weights.js';
import { DiffusionError } from '../../../../../core/errors/diffusion-error.js';
import { otherFormat } from './other-kinds.js';

/**
 * Whether one file is for `readPipeline` rather than for `openWeights`: it is no checkpoint and no weights of this package.
 * `readPipeline` then says what it is, if it is no whole model. A source is left open.
 *
 * @throws DiffusionError `RXD_STORE_READ`
 */
export async function isPipelineFile(from: WeightsPlace): Promise<boolean> {
  const source = sourceOf(await placeOf(from));
  if ((await otherFormat(source)) !== undefined) return true;
  try {
    const { metadata } = await TensorFile.open(source, 'the file');
    return metadata['rxdiffusion'] === undefined;
  } catch (error) {
    // `openWeights` says what is wrong with the header.
    if (error instanceof DiffusionError && error.code === 'RXD_FILE_CORRUPT') return false;
    throw error;
  }
}
