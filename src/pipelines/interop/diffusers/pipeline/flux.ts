import { autoencoderFor } from './autoencoder.js';
import { dynamicShift } from './image-shift.js';
import type { PipelineFiles, PipelineParts } from './pipeline-files.js';
import { t5Of } from './t5-text.js';
import { clipOf } from './text-encoder.js';

/** Side of a packed patch in latents. */
const PACKED = 2;

/** Flux: the pooled state of CLIP, T5, and a transformer over packed latents that is told the guidance scale. */
export async function flux(files: PipelineFiles): Promise<PipelineParts> {
  files.classOf('transformer', ['FluxTransformer2DModel']);
  const network = await files.config('transformer');
  const { sample_size: size = 64, guidance_embeds: isGuided } = network;
  const codec = await autoencoderFor(files, { sample_size: Number(size) * PACKED }, { packed: PACKED });
  const [first, second] = [await clipOf(files, '', { pooled: true }), await t5Of(files, '_2', { max_tokens: 512 })];
  return {
    plugins: {
      denoiser: { name: 'flux', config: network },
      codec: codec.use,
      conditioner: { name: 'flux-text', config: isGuided === true ? { guidance_scale: 3.5 } : {} },
      'conditioner:first': first.use,
      'conditioner:second': second.use,
      // It multiplies times by 1000 itself.
      parameterization: { name: 'flow', config: { time: 'sigma', timeScale: 1 } },
    },
    definitions: [first.definition, second.definition],
    weights: {
      denoiser: await files.networkWeights('transformer'),
      codec: codec.weights,
      'conditioner:first': first.weights,
      'conditioner:second': second.weights,
    },
    times: dynamicShift({
      ...{ patch: PACKED * codec.factor, size: Number(size) * PACKED * codec.factor },
      ...{ maxShift: 1.15, isEven: true },
    }),
  };
}
