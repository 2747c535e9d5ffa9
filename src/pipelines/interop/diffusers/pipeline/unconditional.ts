import { modernName } from '../../../../core/networks/legacy-names.js';
import type { PipelineFiles, PipelineParts } from './pipeline-files.js';

/** DDPMPipeline, DDIMPipeline and their kind: a UNet2DModel that makes pixels of noise. */
export async function unconditional(files: PipelineFiles): Promise<PipelineParts> {
  files.classOf('unet', ['UNet2DModel']);
  const denoiser = { name: 'unet2d', config: await files.config('unet') };
  const weights = { part: 'unet', stem: 'diffusion_pytorch_model', rename: modernName };
  return { plugins: { denoiser }, weights: { denoiser: await files.weights(weights) } };
}
