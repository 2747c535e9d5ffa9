import * as tf from '@tensorflow/tfjs';
import type { Conditioner, Conditioning } from '../contracts/conditioning.js';
import type { Denoiser, ParametersBySlot, ParameterSet } from '../contracts/denoiser.js';
import type { Objective } from '../contracts/training.js';
import { blame } from '../errors/blame.js';
import { identityOf } from '../assembly/plugin-identity.js';
import { networkOutput } from '../tensors/network-output.js';
import { adaptedWithin, type SlottedAdapter } from './slotted-adapters.js';
import { lossAndGradients } from './gradients.js';
import {
  checkConditions,
  checkLossShape,
  checkNetworkLosses,
  checkOutputShape,
  checkTensors,
  checkUndisposed,
} from './step-checks.js';
import { parametersBySlot } from './trained-slots.js';

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

/** What gradients depend on. */
export type GradientInput = {
  /** Weights that change, flat: see `trainedParameters`. */
  readonly parameters: ParameterSet;
  /** Weights by slot that do not change. */
  readonly frozen: ParametersBySlot;
  readonly micro: readonly MicroBatch[];
};

/** Gradients, and the losses that they are of. */
export type GradientOutput = {
  /** One for each of the weights. */
  readonly gradients: ParameterSet;
  /** Mean over all samples: of the objective's loss and of those that the network adds. */
  readonly loss: tf.Scalar;
  /** The losses that the network adds, by name, each its mean over all samples. */
  readonly losses: Readonly<Record<string, tf.Scalar>>;
};

/** The plugins that a loss is computed with. */
export interface LossParts {
  readonly denoiser: Pick<Denoiser, 'predict'>;
  readonly objective: Objective;
  readonly conditioner?: Conditioner | undefined;
  /** In the order in which they are applied. */
  readonly adapters?: readonly SlottedAdapter[] | undefined;
}

/** Forward and backward through each micro-batch, and the mean of them. Runs inside the compiled train step. */
export function meanGradients(parts: LossParts, { parameters, frozen, micro }: GradientInput): GradientOutput {
  const each = micro.map((batch) => gradientsOf(parts, { parameters, frozen }, batch));
  const share = tf.scalar(1 / micro.length);
  const mean = (terms: readonly tf.Tensor[]): tf.Tensor =>
    terms.length === 1 && terms[0] ? terms[0] : tf.mul(tf.addN([...terms]), share);
  const named = (names: readonly string[], set: 'gradients' | 'losses'): Record<string, tf.Tensor> =>
    Object.fromEntries(names.map((name) => [name, mean(each.map((one) => one[set][name] as tf.Tensor))]));
  return {
    loss: mean(each.map(({ loss }) => loss)) as tf.Scalar,
    losses: named(Object.keys(each[0]?.losses ?? {}), 'losses') as Record<string, tf.Scalar>,
    gradients: named(Object.keys(parameters), 'gradients'),
  };
}

/** What a forward pass is computed with. */
type Weights = Pick<GradientInput, 'parameters' | 'frozen'>;

function gradientsOf(parts: LossParts, weights: Weights, batch: MicroBatch): GradientOutput {
  let names: readonly string[] = [];
  // What only the backward pass can throw: an operation without a gradient, in the network more likely than in the loss.
  const { loss: terms, gradients } = blamingDenoiser(parts, () =>
    lossAndGradients((): tf.Tensor => {
      const { objective, network } = lossesOf(parts, weights, batch);
      names = Object.keys(network);
      return names.length === 0 ? objective : stackedLosses([objective, ...Object.values(network)]);
    }, Object.values(weights.parameters)),
  );
  const named = Object.keys(weights.parameters).map((name, index) => [name, gradients[index] as tf.Tensor] as const);
  return { ...readLosses(terms, names), gradients: Object.fromEntries(named) };
}

/** Several losses as `[K]`: the gradient of a vector is that of its sum, and each can be reported. */
function stackedLosses(losses: readonly tf.Scalar[]): tf.Tensor1D {
  return tf.concat(losses.map((loss) => tf.reshape(loss, [1])));
}

function readLosses(terms: tf.Tensor, names: readonly string[]): Pick<GradientOutput, 'loss' | 'losses'> {
  if (names.length === 0) return { loss: terms as tf.Scalar, losses: {} };
  const own = names.map((name, index) => [name, tf.reshape(tf.slice(terms, [index + 1], [1]), [])] as const);
  return { loss: tf.sum(terms), losses: Object.fromEntries(own) as Record<string, tf.Scalar> };
}

/** Means over the samples of a micro-batch. */
interface Losses {
  readonly objective: tf.Scalar;
  readonly network: Readonly<Record<string, tf.Scalar>>;
}

function lossesOf(parts: LossParts, weights: Weights, batch: MicroBatch): Losses {
  const { denoiser, objective } = parts;
  const { x0, noise, time, coefficients } = batch;
  const read = { ...weights.frozen, ...parametersBySlot(weights.parameters) };
  const { denoiser: parameters = {}, conditioner: ofConditioner = {} } = adaptedWithin(parts.adapters ?? [], read);
  const conditioning = conditionsOf(parts, ofConditioner, batch);
  const besides = (numbers: tf.Tensor1D): tf.Tensor =>
    tf.reshape(numbers, [numbers.size, ...x0.shape.slice(1).map(() => 1)]);
  const x = tf.add(tf.mul(x0, besides(batch.alpha)), tf.mul(noise, besides(batch.sigma)));
  const input = tf.mul(x, besides(batch.inputScale));
  const given = networkOutput(denoiser.predict(parameters, input, time, conditioning));
  const { output, losses = {}, auxiliary = {} } = given;
  const [network, loss] = [identityOf(denoiser, 'denoiser'), identityOf(objective, 'objective')];
  checkOutputShape(network, output, x);
  checkNetworkLosses(network, losses, x);
  checkTensors(network, auxiliary);
  checkUndisposed(network, [input, time, ...Object.values(parameters), ...Object.values(conditioning)]);
  const own = objective.loss({ x0, noise, x, output, auxiliary, coefficients });
  checkLossShape(loss, own, x);
  const lent = [...Object.values(coefficients), ...Object.values(losses), ...Object.values(auxiliary)];
  checkUndisposed(loss, [x0, noise, x, output, ...lent]);
  const means = Object.entries(losses).map(([name, tensor]) => [name, tf.mean<tf.Scalar>(tensor)] as const);
  return { objective: tf.mean(own), network: Object.fromEntries(means) };
}

/** Encodes the inputs of a micro-batch: where the conditioner learns, its weights get gradients too. */
function conditionsOf({ conditioner }: LossParts, parameters: ParameterSet, { inputs, x0 }: MicroBatch): Conditioning {
  if (conditioner === undefined) return {};
  const plugin = identityOf(conditioner, 'conditioner');
  const encoded = conditioner.encode(parameters, inputs);
  checkConditions(plugin, encoded, x0.shape[0] ?? 0);
  checkUndisposed(plugin, [...Object.values(inputs), ...Object.values(parameters)]);
  return encoded;
}

function blamingDenoiser<T>({ denoiser }: LossParts, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw blame(error, identityOf(denoiser, 'denoiser'));
  }
}
