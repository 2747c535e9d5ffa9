import * as tf from '@tensorflow/tfjs';
import type { ConditionInputs } from '../contracts/conditioning.js';
import type { ParametersBySlot } from '../contracts/denoiser.js';
import type { StepScalars } from '../contracts/training.js';
import type { DiffusionError } from '../errors/diffusion-error.js';
import type { Cancellation } from '../loop/cancellation.js';
import { identityOf } from '../assembly/plugin-identity.js';
import { plainToTensors } from '../tensors/read-tensors.js';
import type { BatchGradients } from './batch-gradients.js';
import type { NoisyBatch } from './noisy-batch.js';
import { firstNotFinite } from './first-not-finite.js';
import type { Fit, FitState } from './fit-parts.js';
import { joinedGradients } from './joined-gradients.js';
import type { GradientInput, MicroBatch } from './mean-gradients.js';
import { prepareBatch } from './prepare-batch.js';
import { checkFinite, type UpdateNumbers } from './step-checks.js';
import type { TrainStepHalves, TrainStepOutput } from './train-step.js';

/** An update whose gradients are to be joined. */
interface JoinedUpdate {
  readonly state: FitState;
  readonly batch: NoisyBatch;
  readonly prepared: ConditionInputs;
  readonly cancellation: Cancellation;
}

/** The first half of an update, joined with those of other workers. */
export function joinedOf(fit: Fit, halves: TrainStepHalves, update: JoinedUpdate): Promise<BatchGradients> {
  const { state, batch, prepared, cancellation } = update;
  const { engine, joinGradients = (own) => own } = fit;
  const input = (): GradientInput => ({
    parameters: state.parameters,
    frozen: frozenOf(fit),
    micro: microBatches(fit, batch, prepared),
  });
  const fault = (numbers: UpdateNumbers): Promise<DiffusionError> => firstNotFinite({ ...numbers, state, batch }, fit);
  return joinedGradients({
    ...{ engine, halves, joinGradients, input, fault, cancellation },
    ...{ step: state.step, count: batch.count },
  });
}

/** The second half of an update. */
export function runUpdate(fit: Fit, halves: TrainStepHalves, state: FitState, joined: BatchGradients): TrainStepOutput {
  const { parameters, optimizer, average = {} } = state;
  return tf.tidy(() => {
    const gradients = plainToTensors(joined.gradients);
    const made = halves.update({
      parameters,
      state: optimizer,
      average,
      gradients,
      ...scalarsOf(updateNumbers(fit, state.step)),
    });
    const losses = Object.entries(joined.losses).map(([name, value]) => [name, tf.scalar(value)] as const);
    return { ...made, loss: tf.scalar(joined.loss), losses: Object.fromEntries(losses) };
  });
}

/** A whole update in one call. */
export function runStep(fit: Fit, state: FitState, batch: NoisyBatch, prepared: ConditionInputs): TrainStepOutput {
  const { parameters, optimizer, average = {} } = state;
  const inputs = stepInputs(fit, state.step, batch, prepared);
  try {
    return fit.run({ parameters, frozen: frozenOf(fit), state: optimizer, average, ...inputs });
  } finally {
    tf.dispose(inputs);
  }
}

function stepInputs(fit: Fit, step: number, batch: NoisyBatch, prepared: ConditionInputs) {
  const numbers = updateNumbers(fit, step);
  return tf.tidy(() => ({ micro: [...microBatches(fit, batch, prepared)], ...scalarsOf(numbers) }));
}

function microBatches(fit: Fit, batch: NoisyBatch, prepared: ConditionInputs): readonly MicroBatch[] {
  return prepareBatch(batch, prepared, { ...fit, accumulate: fit.optimizer.accumulate });
}

/** Numbers of an update that change from step to step. */
interface StepNumbers {
  readonly scalars: StepScalars;
  readonly decay: number;
}

function updateNumbers({ optimizer, average }: Fit, step: number): StepNumbers {
  const scalars = { ...optimizer.scalars(step) };
  const decay = average === undefined ? 0 : average.decay(step);
  const columns = Object.entries(scalars).map(([name, value]) => [name, [value]] as const);
  checkFinite(identityOf(optimizer, 'optimizer'), Object.fromEntries(columns));
  return { scalars, decay };
}

function scalarsOf({ scalars, decay }: StepNumbers) {
  const tensors = Object.entries(scalars).map(([name, value]) => [name, tf.scalar(value)] as const);
  return { scalars: Object.fromEntries(tensors), decay: tf.scalar(decay) };
}

/** Weights that training reads and leaves as they are. */
function frozenOf({ still, conditioner }: Fit): ParametersBySlot {
  return still ?? (conditioner?.frozen === true ? { conditioner: conditioner.parameters ?? {} } : {});
}
