import * as tf from '@tensorflow/tfjs';
import type { ParameterSet } from '../contracts/denoiser.js';
import { atStep, atStepLater } from '../errors/blame.js';
import { DiffusionError } from '../errors/diffusion-error.js';
import { Cancellation } from '../loop/cancellation.js';
import { realized } from '../loop/realized.js';
import { guardedParts } from '../assembly/guarded.js';
import { identityOf } from '../assembly/plugin-identity.js';
import type { NoisyBatch } from './noisy-batch.js';
import { firstNotFinite, lastWeightsFault, type FailedUpdate } from './first-not-finite.js';
import type { Fit, FitParts, FitState } from './fit-parts.js';
import { preparedInputs } from './prepare-batch.js';
import { joinedOf, runStep, runUpdate } from './run-update.js';
import { slottedAdapters } from './slotted-adapters.js';
import { checkTensors, type UpdateNumbers } from './step-checks.js';
import { trainStep, trainStepHalves, type TrainStepOutput } from './train-step.js';

export type { Fit, FitParts, FitState } from './fit-parts.js';

/** One update, done. */
export interface FitAdvance extends UpdateNumbers {
  readonly state: FitState;
  readonly learningRate: number;
}

/** Compiles the train step of these plugins. */
export function createFit(parts: FitParts): Fit {
  const guarded = guardedParts(parts);
  const compiled = { ...guarded, adapters: slottedAdapters(guarded.adapters) };
  const halves = guarded.joinGradients === undefined ? {} : { halves: trainStepHalves(compiled) };
  return { ...guarded, run: trainStep(compiled), ...halves };
}

/**
 * The state before the first update: copies of the weights, an empty optimiser, an average that equals the weights.
 *
 * @throws DiffusionError `RXD_COMBINATION` where there is nothing to train; `RXD_PLUGIN_FAILED` where the optimiser threw
 */
export function initFit({ engine, optimizer, average }: Fit, parameters: ParameterSet): FitState {
  if (Object.keys(parameters).length === 0) {
    throw new DiffusionError('RXD_COMBINATION', {
      plugin: 'denoiser',
      problem: 'the denoiser has no parameters, so there is nothing to train',
      fix: 'train a denoiser with weights, such as unet2d or mlp',
    });
  }
  const copies = (): ParameterSet =>
    Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, tf.clone(tensor)]));
  const tensors = engine.run(() =>
    atStep(0, () =>
      tf.tidy(() => ({
        parameters: copies(),
        optimizer: checkTensors(identityOf(optimizer, 'optimizer'), optimizer.init(parameters)),
        ...(average === undefined ? {} : { average: copies() }),
      })),
    ),
  );
  return { ...tensors, step: 0 };
}

/** Frees the tensors of a state. Idempotent. */
export function disposeFit({ parameters, optimizer, average = {} }: FitState): void {
  tf.dispose([parameters, optimizer, average]);
}

/**
 * One update. On success the given state is spent (its tensors are freed) and the caller owns the new one; on failure
 * nothing of the update stays and the given state is still the caller's, as it was.
 *
 * @param batch - all samples of the update, with the noise of step `state.step`
 * @param cancellation - ends the wait for the engine
 * @throws DiffusionError `RXD_PLUGIN_FAILED` where a plugin threw, `RXD_PLUGIN_OUTPUT` where it returned a wrong shape or
 * where loss or gradient is not finite; what the engine throws
 */
export async function advance(
  fit: Fit,
  state: FitState,
  batch: NoisyBatch,
  cancellation = new Cancellation(),
): Promise<FitAdvance> {
  const { engine, optimizer } = fit;
  const prepared = await cancellation.race(preparedInputs(batch, fit.conditioner));
  const { halves } = fit;
  const joined = halves && (await joinedOf(fit, halves, { state, batch, prepared, cancellation }));
  const made = atStep(state.step, () =>
    engine.run(() => (halves && joined ? runUpdate(fit, halves, state, joined) : runStep(fit, state, batch, prepared))),
  );
  const { loss, losses, gradientNorm, ...next } = made;
  const held = { parameters: state.parameters, optimizer: state.optimizer, average: state.average ?? {} };
  try {
    await cancellation.race(
      atStepLater(state.step, realized(engine, [...tensorsOf(next), loss, ...Object.values(losses), gradientNorm])),
    );
    const numbers = { ...(await lossNumbers(loss, losses)), gradientNorm: await numberOf(gradientNorm) };
    await checkNumbers(fit, { ...numbers, state, batch });
    const learningRate = atStep(state.step, () => optimizer.learningRate(state.step));
    disposeUnless(held, next);
    return { ...numbers, state: nextState(state, next), learningRate };
  } catch (error) {
    disposeUnless(next, held);
    throw error;
  } finally {
    tf.dispose([loss, losses, gradientNorm]);
  }
}

/** Throws for weights that the last update of a run left broken: the next update would have noticed. */
export async function checkLastWeights({ engine, optimizer }: Fit, state: FitState): Promise<void> {
  // A finite sum has finite terms only: the weights themselves need not be brought here.
  const sumOf = (): tf.Tensor => tf.addN(Object.values(state.parameters).map((tensor) => tf.sum(tensor)));
  const sum = engine.run(() => tf.tidy(sumOf)) as tf.Scalar;
  const total = await numberOf(sum).finally(() => sum.dispose());
  if (Number.isFinite(total)) return;
  const fault = await lastWeightsFault(state, optimizer);
  if (fault !== undefined) throw fault;
}

async function checkNumbers(fit: Fit, update: FailedUpdate): Promise<void> {
  if (Number.isFinite(update.loss) && Number.isFinite(update.gradientNorm)) return;
  throw await firstNotFinite(update, fit);
}

type NextTensors = Omit<TrainStepOutput, 'loss' | 'losses' | 'gradientNorm'>;

function nextState(state: FitState, { parameters, state: optimizer, average }: NextTensors): FitState {
  const kept = state.average === undefined ? {} : { average };
  return { parameters, optimizer, ...kept, step: state.step + 1 };
}

function tensorsOf({ parameters, state, average }: NextTensors): tf.Tensor[] {
  return [parameters, state, average].flatMap((set) => Object.values(set));
}

async function lossNumbers(loss: tf.Scalar, losses: Readonly<Record<string, tf.Scalar>>) {
  const named: [name: string, value: number][] = [];
  for (const [name, scalar] of Object.entries(losses)) named.push([name, await numberOf(scalar)]);
  const own = named.length === 0 ? {} : { losses: Object.freeze(Object.fromEntries(named)) };
  return { loss: await numberOf(loss), ...own };
}

async function numberOf(scalar: tf.Scalar): Promise<number> {
  const [value = Number.NaN] = await scalar.data();
  return value;
}

/** Sets of tensors, by any name. */
type Sets = Readonly<Record<string, ParameterSet>>;

/** Frees every tensor of `spent` that `kept` does not hold: a plugin may pass a tensor through unchanged. */
function disposeUnless(spent: Sets, kept: Sets): void {
  const held = new Set(allOf(kept));
  tf.dispose(allOf(spent).filter((tensor) => !held.has(tensor)));
}

function allOf(sets: Sets): tf.Tensor[] {
  return Object.values(sets).flatMap((set) => Object.values(set));
}
