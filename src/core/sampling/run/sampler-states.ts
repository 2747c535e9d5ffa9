import type { Tensor } from '@tensorflow/tfjs';
import type { InitContext, Sampler, SamplerState, StepDecision } from '../../contracts/sampler.js';
import { asVector, tensorOf } from '../../tensors/tensor-space.js';
import { checkedState, checkUndisposed } from './check-step.js';

/** What a sampler makes of a step that was tried, its state of the same shape. */
export function checkedDecision(decision: StepDecision, tried: SamplerState): StepDecision {
  return { ...decision, state: checkedState(decision.state, tensorOf(tried.x).shape) };
}

/** The state that a sampler begins with. */
export function firstState(sampler: Sampler, x: Tensor, context: InitContext): SamplerState {
  const state = checkedState(sampler.init(asVector(x), context), x.shape);
  checkUndisposed([x]);
  return state;
}
