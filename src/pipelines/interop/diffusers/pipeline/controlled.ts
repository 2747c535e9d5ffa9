import type { PipelineFiles, PipelineParts } from './pipeline-files.js';
import { stableDiffusion } from './stable-diffusion.js';

/** Stable Diffusion with a ControlNet: a text, and an image that says where things are. */
export async function controlled(files: PipelineFiles): Promise<PipelineParts> {
  files.classOf('controlnet', ['ControlNetModel']);
  const { plugins, weights, definitions = [] } = await stableDiffusion(files);
  const { conditioner: text = 'none', ...others } = plugins;
  const { conditioner: ofText = {}, ...ofOthers } = weights;
  return {
    plugins: {
      ...others,
      conditioner: 'controlled-text',
      'conditioner:text': text,
      control: { name: 'controlnet', config: await files.config('controlnet') },
    },
    definitions,
    weights: { ...ofOthers, 'conditioner:text': ofText, control: await files.networkWeights('controlnet') },
  };
}
