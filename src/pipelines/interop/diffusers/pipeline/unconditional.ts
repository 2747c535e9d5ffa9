import type { PipelineFiles, PipelineParts } from './pipeline-files.js';

/** DDPMPipeline, DDIMPipeline and their kind: a UNet2DModel that makes pixels of noise. */
export async function unconditional(files: PipelineFiles): Promise<PipelineParts> {
  files.classOf('unet', ['UNet2DModel']);
  const denoiser = { name: 'unet2d', config: await files.config('unet') };
  return { plugins: { denoiser }, weights: { denoiser: await files.networkWeights('unet') } };
}
