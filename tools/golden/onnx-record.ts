import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** An array, row by row. */
export interface Stored {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** A prompt and what the text encoder gives for it. */
export interface PromptRecord {
  readonly prompt: string;
  readonly input_ids: readonly number[];
  readonly last_hidden_state: {
    readonly token_1_first_8: readonly number[];
    readonly last_token_last_8: readonly number[];
    readonly sum: number;
    readonly sum_of_magnitudes: number;
  };
}

/** A whole run. */
interface SamplingRecord {
  readonly prompt: string;
  readonly negative_prompt?: string;
  readonly num_inference_steps: number;
  readonly guidance_scale: number;
  readonly eta?: number;
  readonly scheduler: string;
  readonly latents: Stored;
  readonly latents_after_each_step: Stored;
  readonly decoded: Stored;
  readonly image: Stored;
}

/** `golden.json` of a folder of model files: arrays stand in it. */
export interface OnnxRecord {
  readonly tolerance: number;
  readonly prompts: readonly PromptRecord[];
  readonly last_hidden_state_of_first_prompt: Stored;
  readonly unet: { readonly sample: Stored; readonly timestep: number; readonly out_sample: Stored };
  readonly vae_encoder: { readonly sample: Stored; readonly latent_parameters: Stored };
  readonly sampling: SamplingRecord;
}

/** The record of a folder of model files; `undefined` for one of another kind. */
export async function onnxRecord(path: string): Promise<OnnxRecord | undefined> {
  const record = JSON.parse(await readFile(join(path, 'golden.json'), 'utf8')) as Partial<OnnxRecord>;
  return record.sampling && record.unet && record.prompts ? (record as OnnxRecord) : undefined;
}
