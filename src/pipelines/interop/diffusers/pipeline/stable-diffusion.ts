import { autoencoderFor } from './autoencoder.js';
import type { PipelineFiles, PipelineParts } from './pipeline-files.js';
import { clipOf } from './text-encoder.js';

/** Stable Diffusion 1 and 2: one text encoder, a UNet2DConditionModel on latents, guidance without a classifier. */
export async function stableDiffusion(files: PipelineFiles): Promise<PipelineParts> {
  files.classOf('unet', ['UNet2DConditionModel']);
  const network = await files.config('unet');
  const [codec, text] = [await autoencoderFor(files, network), await clipOf(files, '')];
  return {
    plugins: {
      denoiser: { name: 'unet2d-condition', config: network },
      codec: codec.use,
      conditioner: text.use,
      guidance: { name: 'cfg', config: { scale: 7.5 } },
    },
    definitions: [text.definition],
    weights: { denoiser: await files.networkWeights('unet'), codec: codec.weights, conditioner: text.weights },
  };
}
