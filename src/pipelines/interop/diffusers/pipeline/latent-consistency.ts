import { autoencoderFor } from './autoencoder.js';
import type { PipelineFiles, PipelineParts } from './pipeline-files.js';
import { clipOf } from './text-encoder.js';

/** A latent consistency model: guidance is a condition of its network, so that a step is one call. */
export async function latentConsistency(files: PipelineFiles): Promise<PipelineParts> {
  files.classOf('unet', ['UNet2DConditionModel']);
  const network = await files.config('unet');
  const [codec, text] = [await autoencoderFor(files, network), await clipOf(files, '')];
  const { time_cond_proj_dim: width } = network;
  return {
    plugins: {
      denoiser: { name: 'unet2d-condition', config: network },
      codec: codec.use,
      conditioner: {
        name: 'latent-consistency-text',
        config: typeof width === 'number' ? { time_cond_proj_dim: width } : {},
      },
      'conditioner:text': text.use,
    },
    definitions: [text.definition],
    weights: { denoiser: await files.networkWeights('unet'), codec: codec.weights, 'conditioner:text': text.weights },
  };
}
