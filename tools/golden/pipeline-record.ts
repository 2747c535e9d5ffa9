import { namedTensor, type NetworkFolder } from './network-folder.js';
import type { SchedulerConfig } from './solver-case.js';

interface Judged {
  readonly tensor: string;
  readonly tolerance: number;
}

/** A whole call of a pipeline. */
export interface PipelineRecord {
  readonly name: string;
  readonly pipeline: string;
  readonly scheduler: SchedulerConfig;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, string>>;
  readonly noise: Readonly<Record<string, string>>;
  readonly variant?: string;
  readonly timesteps: readonly number[];
  readonly states: Judged;
  readonly decoded: Judged;
  readonly pixels: string;
  /** Scale of the LoRA that the folder holds. */
  readonly lora_scale?: number;
}

/** Sizes that Stable Diffusion XL is told. */
export const SIZES = ['original_size', 'crops_coords_top_left', 'target_size'] as const;

/** Whether samples lie as packed patches, channels last. */
export const isPacked = ({ pipeline }: PipelineRecord): boolean => pipeline.startsWith('Flux');

/** Samples of a run: images of each prompt, or as many as it has latents or images to start from. */
export function batchOf(folder: NetworkFolder, { inputs, arguments: said }: PipelineRecord): number {
  const { prompt, num_images_per_prompt: each = 1 } = said as { prompt?: unknown; num_images_per_prompt?: number };
  const given = inputs['latents'] ?? inputs['image'];
  const rows = given === undefined ? 1 : (namedTensor(folder, given).shape[0] ?? 1);
  return Math.max(rows, (Array.isArray(prompt) ? prompt.length : 1) * each);
}
