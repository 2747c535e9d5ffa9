import { corrupt } from '../../../../core/storage/corrupt.js';
import { autoencoderFor } from './autoencoder.js';
import type { PipelineFiles, PipelineParts } from './pipeline-files.js';

/** DiTPipeline: a transformer on latents, told a class; the last row of its table is no class. */
export async function dit(files: PipelineFiles): Promise<PipelineParts> {
  files.classOf('transformer', ['DiTTransformer2DModel', 'Transformer2DModel']);
  const network = await files.config('transformer');
  const { num_embeds_ada_norm: classes } = network;
  if (typeof classes !== 'number')
    throw corrupt('transformer/config.json', 'num_embeds_ada_norm, the number of classes', typeof classes);
  const codec = await autoencoderFor(files, network);
  return {
    plugins: {
      denoiser: { name: 'dit', config: network },
      codec: codec.use,
      conditioner: { name: 'class-label', config: { classes } },
      guidance: { name: 'cfg', config: { scale: 4 } },
    },
    weights: { denoiser: await files.networkWeights('transformer'), codec: codec.weights },
  };
}
