import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../contracts/engine.js';
import { atStep, atStepLater, blame } from '../errors/blame.js';
import type { DiffusionError } from '../errors/diffusion-error.js';
import type { Cancellation } from '../loop/cancellation.js';
import { realized } from '../loop/realized.js';
import { readTensors } from '../tensors/read-tensors.js';
import { areFinite, checkedGradients, type BatchGradients, type JoinGradients } from './batch-gradients.js';
import type { GradientInput, GradientOutput } from './mean-gradients.js';
import type { UpdateNumbers } from './step-checks.js';
import type { TrainStepHalves } from './train-step.js';

/** The first half of an update, and what joins it with those of others. */
export interface Joining {
  readonly engine: Engine;
  readonly halves: TrainStepHalves;
  readonly joinGradients: JoinGradients;
  readonly step: number;
  /** Examples of this worker. */
  readonly count: number;
  /** Makes what the gradients depend on, in the engine; its micro-batches are freed here. */
  readonly input: () => GradientInput;
  /** What is wrong where these numbers are not finite. */
  readonly fault: (numbers: UpdateNumbers) => Promise<DiffusionError>;
  readonly cancellation: Cancellation;
}

/**
 * Gradients of this worker, joined with those of the others. While they are joined, no tensor of the update is alive.
 *
 * @throws DiffusionError where a plugin or the hook failed, or own or joined gradients are not finite
 */
export async function joinedGradients(joining: Joining): Promise<BatchGradients> {
  const { joinGradients, step, fault, cancellation } = joining;
  const own = await ownGradients(joining);
  if (!areFinite(own)) throw await fault({ ...own, gradientNorm: Number.NaN });
  const join = async (): Promise<BatchGradients> => checkedGradients(await joinGradients(own, step), own);
  try {
    return await cancellation.race(join());
  } catch (error) {
    throw blame(error, 'fit/joinGradients', step);
  }
}

async function ownGradients({ engine, halves, step, count, input, cancellation }: Joining): Promise<BatchGradients> {
  const made = atStep(step, () => engine.run(() => firstHalf(halves, input())));
  const { gradients, loss, losses } = made;
  try {
    const all = [...Object.values(gradients), ...Object.values(losses), loss];
    await cancellation.race(atStepLater(step, realized(engine, all)));
    const read = await readTensors({ ...losses, '': loss });
    const numbers = Object.fromEntries(Object.entries(read).map(([name, { data }]) => [name, data[0] ?? Number.NaN]));
    const { '': mean = Number.NaN, ...named } = numbers;
    return { gradients: await readTensors(gradients), loss: mean, losses: named, count };
  } finally {
    tf.dispose([gradients, loss, losses]);
  }
}

function firstHalf({ gradients }: TrainStepHalves, input: GradientInput): GradientOutput {
  try {
    return gradients(input);
  } finally {
    tf.dispose([...input.micro]);
  }
}
