import { controlled } from './controlled.js';
import { dit } from './dit.js';
import { flux } from './flux.js';
import { inpainting } from './inpainting.js';
import { latentConsistency } from './latent-consistency.js';
import type { PipelineClass } from './pipeline-files.js';
import { pixart } from './pixart.js';
import { stableDiffusion } from './stable-diffusion.js';
import { stableDiffusion3 } from './stable-diffusion-3.js';
import { stableDiffusionXl, stableDiffusionXlOfImages } from './stable-diffusion-xl.js';
import { unconditional } from './unconditional.js';

/** diffusers' calls of a U-Net under a text say `eta` 0. */
const ETA = { step: { eta: 0 } } as const;
/** As their image to image; those that make a part anew begin with noise alone. */
const IMAGE = { ...ETA, strength: 0.8 } as const;
const XL = { ...ETA, strength: 0.3 } as const;
/** Less than 1, so that a run starts from the image. */
const NEARLY_ALL = { ...ETA, strength: 0.9999 } as const;
const LCM = { family: latentConsistency, steps: 4 } as const;

/** The classes of pipelines that are known, by the name that `model_index.json` says. */
export const FAMILIES: Readonly<Record<string, PipelineClass>> = {
  DDPMPipeline: { family: unconditional },
  DDIMPipeline: { family: unconditional },
  PNDMPipeline: { family: unconditional },
  ScoreSdeVePipeline: { family: unconditional },
  DiTPipeline: { family: dit },
  StableDiffusionPipeline: { ...IMAGE, family: stableDiffusion },
  StableDiffusionImg2ImgPipeline: { ...IMAGE, family: stableDiffusion },
  StableDiffusionInpaintPipeline: { ...ETA, family: inpainting(stableDiffusion) },
  StableDiffusionXLPipeline: { ...XL, family: stableDiffusionXl },
  StableDiffusionXLImg2ImgPipeline: { ...XL, family: stableDiffusionXlOfImages },
  StableDiffusionXLInpaintPipeline: { ...NEARLY_ALL, family: inpainting(stableDiffusionXlOfImages) },
  LatentConsistencyModelPipeline: LCM,
  LatentConsistencyModelImg2ImgPipeline: { ...LCM, strength: 0.8, strengthInGrid: true },
  PixArtAlphaPipeline: { ...ETA, steps: 20, family: pixart(120) },
  PixArtSigmaPipeline: { ...ETA, steps: 20, family: pixart(300) },
  StableDiffusion3Pipeline: { steps: 28, strength: 0.6, family: stableDiffusion3 },
  StableDiffusion3Img2ImgPipeline: { steps: 50, strength: 0.6, family: stableDiffusion3 },
  FluxPipeline: { steps: 28, strength: 0.6, family: flux },
  FluxImg2ImgPipeline: { steps: 28, strength: 0.6, family: flux },
  StableDiffusionControlNetPipeline: { ...IMAGE, family: controlled(stableDiffusion) },
  StableDiffusionControlNetImg2ImgPipeline: { ...IMAGE, family: controlled(stableDiffusion) },
  StableDiffusionControlNetInpaintPipeline: { ...ETA, family: controlled(inpainting(stableDiffusion)) },
  StableDiffusionXLControlNetPipeline: { ...IMAGE, family: controlled(stableDiffusionXl) },
  StableDiffusionXLControlNetImg2ImgPipeline: { ...IMAGE, family: controlled(stableDiffusionXlOfImages) },
  StableDiffusionXLControlNetInpaintPipeline: {
    ...NEARLY_ALL,
    family: controlled(inpainting(stableDiffusionXlOfImages)),
  },
};
