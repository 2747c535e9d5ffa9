import type { Codec } from '../contracts/codec.js';
import type { Dataset } from '../contracts/dataset.js';
import type { Denoiser } from '../contracts/denoiser.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { formatValue } from '../errors/format-value.js';
import { identityOf } from '../assembly/plugin-identity.js';

/** What a codec stands between. */
export interface CodecSurroundings {
  readonly denoiser?: Denoiser | undefined;
  readonly dataset?: Dataset | undefined;
}

/**
 * Throws `RXD_COMBINATION` where the images of a codec are not those of the dataset, or its latents not the samples of the
 * network; `RXD_PLUGIN_OUTPUT` where it does not say what it is.
 */
export function checkCodec(codec: Codec, { denoiser, dataset }: CodecSurroundings): void {
  checkInfo(codec);
  const { imageShape, latentShape } = codec.info;
  const plugin = identityOf(codec, 'codec');
  if (dataset && dataset.info.shape.join() !== imageShape.join())
    throw misfit(
      'the codec encodes images of another shape than those of the dataset',
      `${plugin} of images ${said(imageShape)}, dataset ${dataset.info.name} ${said(dataset.info.shape)}`,
      'set the codec’s height, width and channels to those of the data',
    );
  if (denoiser && denoiser.info.sampleShape.join() !== latentShape.join())
    throw misfit(
      'the latents of the codec have another shape than the samples of the denoiser',
      `${plugin} of latents ${said(latentShape)}, denoiser ${said(denoiser.info.sampleShape)}`,
      `set the denoiser’s size and channels (sample_size, in_channels, out_channels) to ${said(latentShape)}`,
    );
}

function checkInfo(codec: Codec): void {
  const { info, scale, shift } = codec;
  const { imageShape, latentShape } = info;
  const areShapes = [imageShape, latentShape].every(isShape);
  if (areShapes && Number.isFinite(scale) && scale !== 0 && Number.isFinite(shift)) return;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the codec has no proper `info`',
    got: `imageShape ${formatValue(imageShape)}, latentShape ${formatValue(latentShape)}, scale ${formatValue(scale)}, shift ${formatValue(shift)}`,
    expected: 'two lists of sizes, a finite scale that is not 0, and a finite shift',
    fix: 'correct `info`, `scale` and `shift` of the codec',
    plugin: identityOf(codec, 'codec'),
  });
}

function isShape(shape: unknown): boolean {
  return Array.isArray(shape) && shape.length > 0 && shape.every((side) => Number.isSafeInteger(side) && side > 0);
}

const said = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

function misfit(problem: string, got: string, fix: string): DiffusionError {
  return new DiffusionError('RXD_COMBINATION', { problem, got, expected: 'equal shapes', fix });
}
