import { controlled } from './controlled.js';
import { dit } from './dit.js';
import { inpainting } from './inpainting.js';
import { latentConsistency } from './latent-consistency.js';
import type { PipelineClass } from './pipeline-files.js';
import { stableDiffusion } from './stable-diffusion.js';
import { stableDiffusionXl, stableDiffusionXlOfImages } from './stable-diffusion-xl.js';
import { unconditional } from './unconditional.js';

/** diffusers' calls of a U-Net under a text say `eta` 0. */
const TEXT = { step: { eta: 0 } } as const;
const IMAGE = { ...TEXT, strength: 0.8 } as const;
/** Less than 1, so that a run starts from the image. */
const NEARLY_ALL = { ...TEXT, strength: 0.9999 } as const;
const LCM = { family: latentConsistency, steps: 4 } as const;

/** The classes of pipelines that are known, by the name that `model_index.json` says. */
export const FAMILIES: Readonly<Record<string, PipelineClass>> = {
  DDPMPipeline: { family: unconditional },
  DDIMPipeline: { family: unconditional },
  PNDMPipeline: { family: unconditional },
  ScoreSdeVePipeline: { family: unconditional },
  DiTPipeline: { family: dit },
  StableDiffusionPipeline: { ...TEXT, family: stableDiffusion },
  StableDiffusionImg2ImgPipeline: { ...IMAGE, family: stableDiffusion },
  StableDiffusionInpaintPipeline: { ...TEXT, family: inpainting(stableDiffusion) },
  StableDiffusionXLPipeline: { ...TEXT, family: stableDiffusionXl },
  StableDiffusionXLImg2ImgPipeline: { ...TEXT, strength: 0.3, family: stableDiffusionXlOfImages },
  StableDiffusionXLInpaintPipeline: { ...NEARLY_ALL, family: inpainting(stableDiffusionXlOfImages) },
  LatentConsistencyModelPipeline: LCM,
  LatentConsistencyModelImg2ImgPipeline: { ...LCM, strength: 0.8, strengthInGrid: true },
  StableDiffusionControlNetPipeline: { ...TEXT, family: controlled(stableDiffusion) },
  StableDiffusionControlNetImg2ImgPipeline: { ...IMAGE, family: controlled(stableDiffusion) },
  StableDiffusionControlNetInpaintPipeline: { ...TEXT, family: controlled(inpainting(stableDiffusion)) },
  StableDiffusionXLControlNetPipeline: { ...TEXT, family: controlled(stableDiffusionXl) },
  StableDiffusionXLControlNetImg2ImgPipeline: { ...IMAGE, family: controlled(stableDiffusionXlOfImages) },
  StableDiffusionXLControlNetInpaintPipeline: {
    ...NEARLY_ALL,
    family: controlled(inpainting(stableDiffusionXlOfImages)),
  },
};
