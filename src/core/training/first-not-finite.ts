import type * as tf from '@tensorflow/tfjs';
import { allFinite } from '../math/all-finite.js';
import type { ParameterSet } from '../contracts/denoiser.js';
import type { NoisyBatch } from './noisy-batch.js';
import type { DiffusionError } from '../errors/diffusion-error.js';
import { identityOf } from '../assembly/plugin-identity.js';
import { dataOf } from './batch-columns.js';
import { badOutput, type UpdateNumbers } from './step-checks.js';

/** The part of a fit's state that is looked at. */
interface Weights {
  readonly parameters: ParameterSet;
  /** Updates done so far. */
  readonly step: number;
}

/** The plugins that may be at fault. */
interface Suspects {
  readonly denoiser: object;
  readonly objective: object;
  readonly optimizer: object;
}

/** An update that went wrong. */
export interface FailedUpdate extends UpdateNumbers {
  /** What it started from. */
  readonly state: Weights;
  readonly batch: NoisyBatch;
}

/**
 * Looks for whoever brought the first number that is not finite into an update. It is asked only where loss or gradient
 * are not finite, so a good update pays nothing for it.
 */
export async function firstNotFinite(
  { state, batch, loss, losses = {}, gradientNorm }: FailedUpdate,
  { denoiser, objective, optimizer }: Suspects,
): Promise<DiffusionError> {
  const got = `loss ${loss}, gradient norm ${gradientNorm}`;
  const { step } = state;
  const { source = 'dataset' } = batch;
  if (!allFinite(dataOf(batch).data))
    return notFinite(source, 'the batch holds numbers that are not finite', {
      got,
      fix: 'check the data for NaN',
      step,
    });
  if (!(await areFinite(state.parameters)))
    return state.step === 0
      ? notFinite(identityOf(denoiser, 'denoiser'), 'the first weights are not finite', {
          got,
          fix: 'check where the weights come from',
          step,
        })
      : notFinite(identityOf(optimizer, 'optimizer'), 'the weights after the update before are not finite', {
          got,
          fix: TOO_FAST,
          step: step - 1,
        });
  const [own] = Object.entries(losses).find(([, value]) => !Number.isFinite(value)) ?? [];
  if (own !== undefined) {
    const fix = 'correct `predict`: it adds this loss to the objective’s';
    return notFinite(identityOf(denoiser, 'denoiser'), `the loss \`${own}\` of the network is not finite`, {
      got,
      fix,
      step,
    });
  }
  const problem = Number.isFinite(loss) ? 'the gradient of the loss is not finite' : 'the loss is not finite';
  const fix = `${TOO_FAST}; the network’s output may be at fault as well`;
  return notFinite(identityOf(objective, 'objective'), problem, { got, fix, step });
}

/** A fault where the last update left weights that are not finite; else nothing. */
export async function lastWeightsFault(
  { parameters, step }: Weights,
  optimizer: object,
): Promise<DiffusionError | undefined> {
  if (await areFinite(parameters)) return undefined;
  return notFinite(identityOf(optimizer, 'optimizer'), 'the weights after the last update are not finite', {
    got: 'NaN or infinity',
    fix: TOO_FAST,
    step: step - 1,
  });
}

const TOO_FAST = 'lower the learning rate or lengthen its warm-up';

function notFinite(
  plugin: string,
  problem: string,
  more: { readonly got: string; readonly fix: string; readonly step: number },
): DiffusionError {
  return badOutput(plugin, { problem, expected: 'finite numbers', ...more });
}

async function areFinite(tensors: ParameterSet): Promise<boolean> {
  const isFinite = async (tensor: tf.Tensor): Promise<boolean> => allFinite(await tensor.data());
  return (await Promise.all(Object.values(tensors).map(isFinite))).every(Boolean);
}
