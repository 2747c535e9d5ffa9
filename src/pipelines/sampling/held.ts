import * as tf from '@tensorflow/tfjs';
import type { GuidanceState } from '../../core/contracts/guidance.js';
import type { SamplerState } from '../../core/contracts/sampler.js';
import { tensorOf } from '../../core/tensors/tensor-space.js';
import type { KeptTensors } from './inpaint.js';
import { conditionTensors, type PreparedConditions } from './prepared-conditions.js';

/** What lives from step to step. All its tensors belong to the run. */
export interface Held {
  readonly state: SamplerState;
  readonly guidanceState: GuidanceState;
  readonly denoised: tf.Tensor;
  /** Sum of each sample. */
  readonly total: tf.Tensor;
}

/** What lives as long as the run, made before its first step. */
export interface Fixed {
  readonly conditions: PreparedConditions;
  readonly kept: KeptTensors | undefined;
}

/** The tensors of what lives as long as the run. */
export function tensorsFixed({ conditions, kept }: Fixed): tf.Tensor[] {
  return [...conditionTensors(conditions), ...Object.values(kept ?? {}).map(tensorOf)];
}

/** The tensors of a flat record of records. */
export function tensorsIn(held: Held): tf.Tensor[] {
  const { state, guidanceState, denoised, total } = held;
  const values: unknown[] = [...Object.values(state), ...Object.values(guidanceState), denoised, total];
  return [...new Set(values.filter((value): value is tf.Tensor => value instanceof tf.Tensor))];
}

/** Disposes of the tensors that the new record no longer holds. */
export function release(previous: Held, next: Held): void {
  const kept = new Set(tensorsIn(next));
  for (const tensor of tensorsIn(previous)) if (!kept.has(tensor)) tensor.dispose();
}

/** What an adaptive sampler judges its step by, one number a sample; nothing where it left no measure. */
export async function measuredOf({ measure }: SamplerState): Promise<readonly number[]> {
  return measure instanceof tf.Tensor ? [...(await measure.data())] : [];
}
