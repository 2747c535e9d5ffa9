import { autoencoderFor } from './autoencoder.js';
import type { PipelineFiles, PipelineParts } from './pipeline-files.js';
import { t5Of } from './t5-text.js';

/** PixArt: T5 with its mask, and a transformer on latents. @param tokens - of a text, as diffusers' calls have them */
export const pixart =
  (tokens: number) =>
  async (files: PipelineFiles): Promise<PipelineParts> => {
    files.classOf('transformer', ['PixArtTransformer2DModel', 'Transformer2DModel']);
    const network = await files.config('transformer');
    const codec = await autoencoderFor(files, network);
    const text = await t5Of(files, '', { max_tokens: tokens, attention_mask: true, lower_case: true });
    const { sample_size: size = 128, use_additional_conditions: said } = network;
    // diffusers tells sizes at this one, whatever the network says.
    const isSized = (said ?? size === 128) === true;
    const sized = { name: 'pixart-text', config: { sample_size: Number(size) * codec.factor } };
    const label = isSized ? 'conditioner:text' : 'conditioner';
    return {
      plugins: {
        denoiser: { name: 'pixart', config: network },
        codec: codec.use,
        ...(isSized ? { conditioner: sized } : {}),
        [label]: text.use,
        guidance: { name: 'cfg', config: { scale: 4.5 } },
      },
      definitions: [text.definition],
      weights: { denoiser: await files.networkWeights('transformer'), codec: codec.weights, [label]: text.weights },
    };
  };
