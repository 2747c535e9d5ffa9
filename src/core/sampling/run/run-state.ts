import * as tf from '@tensorflow/tfjs';
import type { GuidanceState } from '../../contracts/guidance.js';
import type { SamplerState } from '../../contracts/sampler.js';
import { tensorOf } from '../../tensors/tensor-space.js';
import type { KeptTensors } from '../start/inpaint.js';
import { conditionTensors, type RunConditions } from '../conditions/run-conditions.js';

/** What lives from step to step. All its tensors belong to the run. */
export class RunState {
  readonly state: SamplerState;
  readonly guidanceState: GuidanceState;
  readonly denoised: tf.Tensor;
  /** Sum of each sample. */
  readonly total: tf.Tensor;
  #tensors: readonly tf.Tensor[] | undefined;

  constructor(state: SamplerState, guidanceState: GuidanceState, denoised: tf.Tensor, total: tf.Tensor) {
    this.state = state;
    this.guidanceState = guidanceState;
    this.denoised = denoised;
    this.total = total;
  }

  /** All tensors in it, each once. */
  get tensors(): readonly tf.Tensor[] {
    return (this.#tensors ??= tensorsOf(this));
  }

  /** The same with another state, and another memory of the guidance where one is given. */
  with(state: SamplerState, guidanceState = this.guidanceState): RunState {
    return new RunState(state, guidanceState, this.denoised, this.total);
  }
}

/** What lives as long as the run, made before its first step. */
export interface RunConstants {
  readonly conditions: RunConditions;
  readonly kept: KeptTensors | undefined;
}

/** The tensors of what lives as long as the run. */
export function constantTensors({ conditions, kept }: RunConstants): tf.Tensor[] {
  return [...conditionTensors(conditions), ...Object.values(kept ?? {}).map(tensorOf)];
}

function tensorsOf({ state, guidanceState, denoised, total }: RunState): readonly tf.Tensor[] {
  const found = new Set([denoised, total]);
  for (const memory of [state, guidanceState])
    for (const value of Object.values<unknown>(memory)) if (value instanceof tf.Tensor) found.add(value);
  return [...found];
}

/** Disposes of the tensors that the new record no longer holds. */
export function release(previous: RunState, next: RunState): void {
  if (previous === next) return;
  const kept = next.tensors;
  for (const tensor of previous.tensors) if (!kept.includes(tensor)) tensor.dispose();
}

/** What an adaptive sampler judges its step by, one number a sample; nothing where it left no measure. */
export async function measuredOf({ measure }: SamplerState): Promise<readonly number[]> {
  return measure instanceof tf.Tensor ? [...(await measure.data())] : [];
}
