import type { Settings } from '../../../../../core/assembly/plain-json.js';
import type { NamedSlots } from './named-slots.js';
import { noClass } from './no-class.js';

/** What a recipe is to diffusers. */
export interface PipelineClass {
  readonly className: string;
  /** The part of the network, and its class. */
  readonly network: readonly [part: 'unet' | 'transformer', className: string];
  /** Slots of its text encoders, the first one first. */
  readonly text: readonly string[];
  /** Fields of `model_index.json`. */
  readonly options: Settings;
}

/** Pipelines that make pixels of noise, by the class of their scheduler. */
const UNCONDITIONAL: Readonly<Record<string, string>> = {
  DDPMScheduler: 'DDPMPipeline',
  DDIMScheduler: 'DDIMPipeline',
  PNDMScheduler: 'PNDMPipeline',
  ScoreSdeVeScheduler: 'ScoreSdeVePipeline',
};

/**
 * The class of pipelines that a recipe is.
 *
 * @param scheduler - the class of its scheduler
 * @throws DiffusionError `RXD_FORMAT_UNSUPPORTED` where diffusers has none, or none that is written here
 */
export function pipelineClass(slots: NamedSlots, sample: Settings, scheduler: string): PipelineClass {
  const denoiser = slots.nameOf('denoiser');
  if (denoiser === 'unet2d') return unconditional(slots, scheduler);
  if (denoiser === 'dit') {
    slots.refuseOther('conditioner', ['class-label']);
    return { className: 'DiTPipeline', network: ['transformer', 'DiTTransformer2DModel'], text: [], options: {} };
  }
  if (denoiser !== 'unet2d-condition') throw noClass(`the denoiser ${String(denoiser)}`);
  return stableDiffusion(slots, sample);
}

function unconditional(slots: NamedSlots, scheduler: string): PipelineClass {
  slots.refuseOther('conditioner', [undefined, 'none']);
  if (slots.nameOf('codec') !== undefined) throw noClass('unet2d with a codec');
  const className = UNCONDITIONAL[scheduler];
  if (className === undefined) throw noClass(`unet2d with a ${scheduler}`);
  return { className, network: ['unet', 'UNet2DModel'], text: [], options: {} };
}

/** Stable Diffusion and its kind: what is around the text encoders says which. */
function stableDiffusion(slots: NamedSlots, { inpainting }: Settings): PipelineClass {
  const network = ['unet', 'UNet2DConditionModel'] as const;
  let slot = 'conditioner';
  const isControlled = slots.nameOf(slot) === 'controlled-text';
  if (isControlled) slot = 'conditioner:text';
  if (slots.nameOf(slot) === 'inpainted-text') slot = 'conditioner:rest';
  const ending = `${isControlled ? 'ControlNet' : ''}${inpainting === undefined ? '' : 'Inpaint'}`;
  const name = slots.nameOf(slot);
  if (name === 'latent-consistency-text') {
    if (ending !== '') throw noClass(`a latent consistency model with ${ending}`);
    return {
      ...{ className: 'LatentConsistencyModelPipeline', network, text: ['conditioner:text'] },
      options: { requires_safety_checker: false },
    };
  }
  if (name !== 'stable-diffusion-xl-text')
    return {
      ...{ className: `StableDiffusion${ending}Pipeline`, network, text: [slot] },
      options: { requires_safety_checker: false },
    };
  const config = slots.configOf(slot);
  const { force_zeros_for_empty_prompt: zeros, requires_aesthetics_score: scored } = config;
  const isOfImages = scored !== undefined || config['negative_sizes'] === 'apart';
  const image = isOfImages && inpainting === undefined ? 'Img2Img' : '';
  return {
    ...{ className: `StableDiffusionXL${ending}${image}Pipeline`, network },
    text: ['conditioner:first', 'conditioner:second'],
    options: {
      ...(zeros === undefined ? {} : { force_zeros_for_empty_prompt: zeros }),
      ...(scored === undefined ? {} : { requires_aesthetics_score: scored }),
    },
  };
}
