import type { Settings } from '../../../../core/assembly/plain-json.js';
import { autoencoderFor, imageSize } from './autoencoder.js';
import type { PipelineFiles, PipelineParts } from './pipeline-files.js';
import { clipOf } from './text-encoder.js';

/** Stable Diffusion XL: two text encoders side by side, and sizes as a condition. */
export const stableDiffusionXl = (files: PipelineFiles): Promise<PipelineParts> => read(files, {});

/** The same where a run starts from an image: diffusers reads the negative sizes there one by one. */
export const stableDiffusionXlOfImages = (files: PipelineFiles): Promise<PipelineParts> =>
  read(files, { negative_sizes: 'apart' });

async function read(files: PipelineFiles, own: Settings): Promise<PipelineParts> {
  files.classOf('unet', ['UNet2DConditionModel']);
  const network = await files.config('unet');
  const codec = await autoencoderFor(files, network);
  const states: Settings = { hidden_states: 'penultimate' };
  const [first, second] = [await clipOf(files, '', states), await clipOf(files, '_2', states)];
  const { force_zeros_for_empty_prompt: zeros, requires_aesthetics_score: scored } = files.index.options;
  const size = imageSize(codec.use);
  const config: Settings = {
    ...own,
    ...(size === undefined ? {} : { sample_size: size }),
    ...(zeros === undefined ? {} : { force_zeros_for_empty_prompt: zeros }),
    ...(scored === undefined ? {} : { requires_aesthetics_score: scored }),
  };
  return {
    plugins: {
      denoiser: { name: 'unet2d-condition', config: network },
      codec: codec.use,
      conditioner: { name: 'stable-diffusion-xl-text', config },
      'conditioner:first': first.use,
      'conditioner:second': second.use,
      guidance: { name: 'cfg', config: { scale: 5 } },
    },
    definitions: [first.definition, second.definition],
    weights: {
      denoiser: await files.networkWeights('unet'),
      codec: codec.weights,
      'conditioner:first': first.weights,
      'conditioner:second': second.weights,
    },
  };
}
