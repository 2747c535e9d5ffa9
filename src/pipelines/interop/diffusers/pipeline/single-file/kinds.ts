/** Generations of Stable Diffusion that come as one file. */
export type Generation = 'sd1' | 'sd2' | 'sdxl';

/** What a generation is, beyond what its tensors say. */
export interface Known {
  /** What errors call it. */
  readonly title: string;
  /** The class of its pipeline, and of one whose U-Net reads a mask and a masked image too. */
  readonly classes: readonly [plain: string, inpaint: string];
  /** Where the tensors of its text encoders are, the first one first. */
  readonly text: readonly TextPlace[];
  /** Height and width of latents that it was trained on. */
  readonly latents: number;
  /** Factor of the latents. */
  readonly scale: number;
}

/** Where a text encoder is, and what kind it is. */
export interface TextPlace {
  readonly part: 'text_encoder' | 'text_encoder_2';
  readonly tokenizer: 'tokenizer' | 'tokenizer_2';
  readonly prefix: string;
  /** Of OpenAI, in the names of transformers; of OpenCLIP in its own. They fill texts up with other tokens. */
  readonly kind: 'openai' | 'open-clip';
  /** Whether its pooled state is projected. */
  readonly isProjected: boolean;
  /** Layers at its end that the network never sees (Stable Diffusion 2 reads the last but one, after the final norm). */
  readonly unused: number;
}

const first = { part: 'text_encoder', tokenizer: 'tokenizer', isProjected: false, unused: 0 } as const;

/** What is known of each generation. */
export const GENERATIONS: Readonly<Record<Generation, Known>> = {
  sd1: {
    title: 'Stable Diffusion 1',
    classes: ['StableDiffusionPipeline', 'StableDiffusionInpaintPipeline'],
    text: [{ ...first, prefix: 'cond_stage_model.transformer.', kind: 'openai' }],
    latents: 64,
    scale: 0.18215,
  },
  sd2: {
    title: 'Stable Diffusion 2',
    classes: ['StableDiffusionPipeline', 'StableDiffusionInpaintPipeline'],
    text: [{ ...first, prefix: 'cond_stage_model.model.', kind: 'open-clip', unused: 1 }],
    latents: 64,
    scale: 0.18215,
  },
  sdxl: {
    title: 'Stable Diffusion XL',
    classes: ['StableDiffusionXLPipeline', 'StableDiffusionXLInpaintPipeline'],
    text: [
      { ...first, prefix: 'conditioner.embedders.0.transformer.', kind: 'openai' },
      {
        ...{ part: 'text_encoder_2', tokenizer: 'tokenizer_2', prefix: 'conditioner.embedders.1.model.' },
        ...{ kind: 'open-clip', isProjected: true, unused: 0 },
      },
    ],
    latents: 128,
    scale: 0.13025,
  },
};

/** Where the tensors of the U-Net and of the autoencoder are. */
export const UNET = 'model.diffusion_model.';
export const AUTOENCODER = 'first_stage_model.';
