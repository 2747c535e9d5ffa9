import * as tf from '@tensorflow/tfjs';
import type { Conditioner, Conditioning } from '../contracts/conditioning.js';
import type { Denoiser, ParameterSet } from '../contracts/denoiser.js';
import type { Engine } from '../contracts/engine.js';
import type { Objective, Optimizer } from '../contracts/training.js';
import { compiledOnce } from '../tensors/compiled-once.js';
import { lossAndGradients } from './gradients.js';
import { blame } from '../errors/blame.js';
import { identityOf } from '../plugins/plugin-identity.js';
import { parametersBySlot } from './trained-slots.js';
import {
  checkConditions,
  checkLossShape,
  checkOutputShape,
  checkTensors,
  checkUndisposed,
  checkUpdate,
} from './step-checks.js';

/** The tensors of one micro-batch: `[N, ...]` or `[N]`. */
export type MicroBatch = {
  readonly x0: tf.Tensor;
  readonly noise: tf.Tensor;
  readonly alpha: tf.Tensor1D;
  readonly sigma: tf.Tensor1D;
  readonly inputScale: tf.Tensor1D;
  readonly time: tf.Tensor1D;
  readonly coefficients: Readonly<Record<string, tf.Tensor1D>>;
  /** What the conditioner encodes; empty where there is none. */
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
};

/** All that one update depends on. */
export type TrainStepInput = {
  /** Weights that change, flat: see `trainedParameters`. */
  readonly parameters: ParameterSet;
  /** Weights of the conditioner that do not change. */
  readonly frozen: ParameterSet;
  /** State of the optimiser. */
  readonly state: ParameterSet;
  /** The averaged weights; empty where the run keeps none. */
  readonly average: ParameterSet;
  readonly scalars: Readonly<Record<string, tf.Scalar>>;
  /** Weight of the old average. */
  readonly decay: tf.Scalar;
  readonly micro: readonly MicroBatch[];
};

/** What one update makes. */
export type TrainStepOutput = {
  readonly parameters: ParameterSet;
  readonly state: ParameterSet;
  readonly average: ParameterSet;
  /** Mean over all samples. */
  readonly loss: tf.Scalar;
  /** Global norm of the averaged gradients before clipping. */
  readonly gradientNorm: tf.Scalar;
};

/** The plugins in a train step. */
export interface TrainStepParts {
  readonly denoiser: Pick<Denoiser, 'predict'>;
  readonly objective: Objective;
  readonly optimizer: Optimizer;
  readonly conditioner?: Conditioner | undefined;
  readonly engine: Engine;
}

/** One optimiser update, compiled. */
export type TrainStep = (input: TrainStepInput) => TrainStepOutput;

/**
 * Compiles one optimiser update: forward, backward, mean over the micro-batches, update and running average, as one
 * pure function of its input (for a lazy engine: one graph). Nothing that changes from step to step is captured, so that
 * all runs of the same plugins share it.
 *
 * The compiled function throws a `DiffusionError` that names the plugin where a plugin throws or gives a wrong shape; the
 * engine's tidy frees what was made until then.
 */
export function trainStep({ engine, denoiser, objective, optimizer, conditioner }: TrainStepParts): TrainStep {
  return compiled(engine, denoiser, objective, optimizer, conditioner ?? NO_CONDITIONER);
}

/** Stands where there is no conditioner: what is compiled is found by objects. */
const NO_CONDITIONER = {};

const compiled = compiledOnce(
  (
    engine: Engine,
    denoiser: TrainStepParts['denoiser'],
    objective: Objective,
    optimizer: Optimizer,
    conditioner: Conditioner | typeof NO_CONDITIONER,
  ): TrainStep => {
    const reading = 'encode' in conditioner ? { conditioner } : {};
    const parts = { denoiser, objective, optimizer, ...reading };
    return engine.compile((input: TrainStepInput) => updated(parts, input));
  },
);

type StepParts = Omit<TrainStepParts, 'engine'>;

function updated(parts: StepParts, input: TrainStepInput): TrainStepOutput {
  const { loss, gradients } = meanGradients(parts, input);
  const next = parts.optimizer.update(gradients, input.state, input.parameters, input.scalars);
  const plugin = identityOf(parts.optimizer, 'optimizer');
  checkUpdate(plugin, next.parameters, input.parameters);
  checkUpdate(plugin, next.state, input.state);
  checkTensors(plugin, { gradientNorm: next.gradientNorm });
  checkUndisposed(plugin, [...Object.values(input.parameters), ...Object.values(input.state)]);
  return { ...next, average: averaged(input.average, next.parameters, input.decay), loss };
}

/** What a forward pass is computed with. */
type Weights = Pick<TrainStepInput, 'parameters' | 'frozen'>;

interface Gradients {
  readonly loss: tf.Scalar;
  readonly gradients: ParameterSet;
}

function meanGradients(parts: StepParts, { parameters, frozen, micro }: TrainStepInput): Gradients {
  const each = micro.map((batch) => gradientsOf(parts, { parameters, frozen }, batch));
  const share = tf.scalar(1 / micro.length);
  const mean = (terms: readonly tf.Tensor[]): tf.Tensor =>
    terms.length === 1 && terms[0] ? terms[0] : tf.mul(tf.addN([...terms]), share);
  return {
    loss: mean(each.map(({ loss }) => loss)) as tf.Scalar,
    gradients: Object.fromEntries(
      Object.keys(parameters).map((name) => [name, mean(each.map(({ gradients }) => gradients[name] as tf.Tensor))]),
    ),
  };
}

function gradientsOf(parts: StepParts, weights: Weights, batch: MicroBatch): Gradients {
  // What only the backward pass can throw: an operation without a gradient, in the network more likely than in the loss.
  const { loss, gradients } = blamingDenoiser(parts, () =>
    lossAndGradients(() => lossOf(parts, weights, batch), Object.values(weights.parameters)),
  );
  const named = Object.keys(weights.parameters).map((name, index) => [name, gradients[index] as tf.Tensor] as const);
  return { loss, gradients: Object.fromEntries(named) };
}

function lossOf(parts: StepParts, weights: Weights, batch: MicroBatch): tf.Scalar {
  const { denoiser, objective } = parts;
  const { x0, noise, time, coefficients } = batch;
  const bySlot = parametersBySlot(weights.parameters);
  const parameters = bySlot['denoiser'] ?? {};
  const conditioning = conditionsOf(parts, bySlot['conditioner'] ?? weights.frozen, batch);
  const besides = (numbers: tf.Tensor1D): tf.Tensor =>
    tf.reshape(numbers, [numbers.size, ...x0.shape.slice(1).map(() => 1)]);
  const x = tf.add(tf.mul(x0, besides(batch.alpha)), tf.mul(noise, besides(batch.sigma)));
  const input = tf.mul(x, besides(batch.inputScale));
  const output = denoiser.predict(parameters, input, time, conditioning);
  const [network, loss] = [identityOf(denoiser, 'denoiser'), identityOf(objective, 'objective')];
  checkOutputShape(network, output, x);
  checkUndisposed(network, [input, time, ...Object.values(parameters), ...Object.values(conditioning)]);
  const losses = objective.loss({ x0, noise, x, output, coefficients });
  checkLossShape(loss, losses, x);
  checkUndisposed(loss, [x0, noise, x, output, ...Object.values(coefficients)]);
  return tf.mean(losses);
}

/** Encodes the inputs of a micro-batch: where the conditioner learns, its weights get gradients too. */
function conditionsOf({ conditioner }: StepParts, parameters: ParameterSet, { inputs, x0 }: MicroBatch): Conditioning {
  if (conditioner === undefined) return {};
  const plugin = identityOf(conditioner, 'conditioner');
  const encoded = conditioner.encode(parameters, inputs);
  checkConditions(plugin, encoded, x0.shape[0] ?? 0);
  checkUndisposed(plugin, [...Object.values(inputs), ...Object.values(parameters)]);
  return encoded;
}

function blamingDenoiser<T>({ denoiser }: StepParts, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw blame(error, identityOf(denoiser, 'denoiser'));
  }
}

function averaged(average: ParameterSet, parameters: ParameterSet, decay: tf.Scalar): ParameterSet {
  const share = tf.sub(tf.scalar(1), decay);
  return Object.fromEntries(
    Object.entries(average).map(([name, old]) => [
      name,
      tf.add(tf.mul(old, decay), tf.mul(parameters[name] as tf.Tensor, share)),
    ]),
  );
}
