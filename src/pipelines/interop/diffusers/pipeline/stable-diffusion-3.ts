import { autoencoderFor } from './autoencoder.js';
import { dynamicShift } from './image-shift.js';
import type { PipelineFiles, PipelineParts } from './pipeline-files.js';
import { t5Of } from './t5-text.js';
import { clipOf } from './text-encoder.js';

/** Stable Diffusion 3 and 3.5: two CLIP encoders, T5 where there is one, and a transformer on the flow path. */
export async function stableDiffusion3(files: PipelineFiles): Promise<PipelineParts> {
  files.classOf('transformer', ['SD3Transformer2DModel']);
  const network = await files.config('transformer');
  const codec = await autoencoderFor(files, network);
  const states = { hidden_states: 'penultimate' };
  const [first, second] = [await clipOf(files, '', states), await clipOf(files, '_2', states)];
  const hasThird = files.index.parts['text_encoder_3'] !== undefined;
  const third = hasThird ? [await t5Of(files, '_3', { max_tokens: TOKENS })] : [];
  const { joint_attention_dim: width = 4096, patch_size: patch = 2, sample_size: size = 128 } = network;
  return {
    plugins: {
      denoiser: { name: 'sd3', config: network },
      codec: codec.use,
      conditioner: {
        name: 'stable-diffusion-3-text',
        config: { joint_attention_dim: width, ...(hasThird ? {} : { empty_tokens: TOKENS }) },
      },
      'conditioner:first': first.use,
      'conditioner:second': second.use,
      ...Object.fromEntries(third.map(({ use }) => ['conditioner:third', use])),
      guidance: { name: 'cfg', config: { scale: 7 } },
    },
    definitions: [first, second, ...third].map(({ definition }) => definition),
    weights: {
      denoiser: await files.networkWeights('transformer'),
      codec: codec.weights,
      'conditioner:first': first.weights,
      'conditioner:second': second.weights,
      ...Object.fromEntries(third.map(({ weights }) => ['conditioner:third', weights])),
    },
    times: dynamicShift({ patch: Number(patch) * codec.factor, size: Number(size) * codec.factor, maxShift: 1.16 }),
  };
}

/** Tokens of T5, as diffusers' calls have them. */
const TOKENS = 256;
