import { controlled } from './controlled.js';
import { dit } from './dit.js';
import { inpainting } from './inpainting.js';
import { latentConsistency } from './latent-consistency.js';
import type { Family } from './pipeline-files.js';
import { stableDiffusion } from './stable-diffusion.js';
import { stableDiffusionXl } from './stable-diffusion-xl.js';
import { unconditional } from './unconditional.js';

/** The classes of pipelines that are known, by the name that `model_index.json` says. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  DDPMPipeline: unconditional,
  DDIMPipeline: unconditional,
  PNDMPipeline: unconditional,
  ScoreSdeVePipeline: unconditional,
  DiTPipeline: dit,
  StableDiffusionPipeline: stableDiffusion,
  StableDiffusionImg2ImgPipeline: stableDiffusion,
  StableDiffusionInpaintPipeline: inpainting(stableDiffusion),
  StableDiffusionXLPipeline: stableDiffusionXl,
  StableDiffusionXLImg2ImgPipeline: stableDiffusionXl,
  StableDiffusionXLInpaintPipeline: inpainting(stableDiffusionXl),
  LatentConsistencyModelPipeline: latentConsistency,
  LatentConsistencyModelImg2ImgPipeline: latentConsistency,
  StableDiffusionControlNetPipeline: controlled(stableDiffusion),
  StableDiffusionControlNetImg2ImgPipeline: controlled(stableDiffusion),
  StableDiffusionControlNetInpaintPipeline: controlled(inpainting(stableDiffusion)),
  StableDiffusionXLControlNetPipeline: controlled(stableDiffusionXl),
  StableDiffusionXLControlNetImg2ImgPipeline: controlled(stableDiffusionXl),
  StableDiffusionXLControlNetInpaintPipeline: controlled(inpainting(stableDiffusionXl)),
};
