import type { Settings } from '../../../../../core/assembly/plain-json.js';
import { DiffusionError } from '../../../../../core/errors/diffusion-error.js';
import type { ReadableTensors } from '../../../../../core/tensors/plain-tensor.js';
import { autoencoderConfig } from './autoencoder-config.js';
import { AUTOENCODER, GENERATIONS, UNET, type Known } from './kinds.js';
import { textTensors } from './parts.js';
import { predictionOf, schedulerConfig, type Prediction } from './prediction.js';
import type { Recognised } from './recognised.js';
import { below, Shapes } from './shapes.js';
import { textConfig } from './text-config.js';
import { unetConfig } from './unet-config.js';

/** Height and width of latents of those that predict v: Stable Diffusion 2.1 makes pictures of 768 pixels. */
const LATENTS_OF_V = 96;

/** Pixels of a side of an image for each of its latents. */
const PIXELS = 8;

/** The configs of the folder that diffusers would have saved, as far as the tensors of one file say them. */
export class InferredConfigs {
  readonly #tensors: ReadableTensors;
  readonly #file: string;
  readonly #kind: Recognised;
  readonly #known: Known;
  #prediction: Promise<Prediction> | undefined;

  constructor(tensors: ReadableTensors, file: string, kind: Recognised) {
    [this.#tensors, this.#file, this.#kind] = [tensors, file, kind];
    this.#known = GENERATIONS[kind.generation];
  }

  /**
   * The content of a file of the folder; `undefined` for one that is no config.
   *
   * @throws DiffusionError `RXD_STORE_READ` for a part that the file lacks, `RXD_FILE_CORRUPT`
   */
  async at(path: string): Promise<Settings | undefined> {
    if (path === 'model_index.json') return this.#index();
    if (path === 'scheduler/scheduler_config.json')
      return schedulerConfig(this.#kind.generation, await this.#predicted());
    if (path === 'unet/config.json') return this.#unet();
    if (path === 'vae/config.json') return this.#autoencoder();
    const place = this.#known.text.find(({ part }) => path === `${part}/config.json`);
    if (place === undefined) return undefined;
    const own = textTensors(this.#tensors, place, this.#file);
    return textConfig(this.#shapesOf(own, 'text encoder'), place);
  }

  async #unet(): Promise<Settings> {
    const { text, latents } = this.#known;
    const pooled = text.find(({ isProjected }) => isProjected);
    const projection = pooled && textTensors(this.#tensors, pooled, this.#file)['text_projection.weight'];
    const { generation } = this.#kind;
    const isLarger = generation === 'sd2' && (await this.#predicted()).type === 'v_prediction';
    const shapes = new Shapes(below(this.#tensors, UNET), this.#file);
    return {
      ...unetConfig(shapes, generation, projection?.shape[0]),
      sample_size: isLarger ? LATENTS_OF_V : latents,
    };
  }

  #autoencoder(): Settings {
    const { latents, scale } = this.#known;
    const shapes = this.#shapesOf(below(this.#tensors, AUTOENCODER), 'autoencoder');
    return autoencoderConfig(shapes, { size: PIXELS * latents, scale });
  }

  #shapesOf(tensors: ReadableTensors, what: string): Shapes {
    if (Object.keys(tensors).length > 0) return new Shapes(tensors, this.#file);
    throw new DiffusionError('RXD_STORE_READ', {
      problem: `${this.#file} has no ${what}, only other parts of a ${this.#known.title}`,
      expected: 'U-Net, text encoder and autoencoder in one file, or the missing ones in a folder',
      fix: 'give the folder of a pipeline that has it as `config`',
    });
  }

  #predicted(): Promise<Prediction> {
    const unet = below(this.#tensors, UNET);
    return (this.#prediction ??= predictionOf(this.#tensors, unet, this.#kind.generation));
  }

  #index(): Settings {
    const { classes, text } = this.#known;
    const parts = text.flatMap(({ part, tokenizer, isProjected }) => [
      [part, ['transformers', isProjected ? 'CLIPTextModelWithProjection' : 'CLIPTextModel']],
      [tokenizer, ['transformers', 'CLIPTokenizer']],
    ]);
    return {
      _class_name: classes[this.#kind.isInpainting ? 1 : 0],
      scheduler: ['diffusers', 'SchedulerMixin'],
      unet: ['diffusers', 'UNet2DConditionModel'],
      vae: ['diffusers', 'AutoencoderKL'],
      ...(Object.fromEntries(parts) as Settings),
      ...(this.#kind.generation === 'sdxl' ? { force_zeros_for_empty_prompt: true } : {}),
    };
  }
}
