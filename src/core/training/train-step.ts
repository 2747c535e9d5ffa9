import * as tf from '@tensorflow/tfjs';
import type { Conditioner } from '../contracts/conditioning.js';
import type { ParameterSet } from '../contracts/denoiser.js';
import type { Engine } from '../contracts/engine.js';
import type { Objective, Optimizer } from '../contracts/training.js';
import { identityOf } from '../assembly/plugin-identity.js';
import type { SlottedAdapter } from './slotted-adapters.js';
import { compiledOnce } from '../tensors/compiled-once.js';
import { meanGradients, type GradientInput, type GradientOutput, type LossParts } from './mean-gradients.js';
import { checkTensors, checkUndisposed, checkUpdate } from './step-checks.js';

/** What an optimiser update depends on beside its gradients. */
export type UpdateState = {
  /** Weights that change, flat: see `trainedParameters`. */
  readonly parameters: ParameterSet;
  /** State of the optimiser. */
  readonly state: ParameterSet;
  /** The averaged weights; empty where the run keeps none. */
  readonly average: ParameterSet;
  readonly scalars: Readonly<Record<string, tf.Scalar>>;
  /** Weight of the old average. */
  readonly decay: tf.Scalar;
};

/** All that the second half of an update depends on. */
export type UpdateInput = UpdateState & { readonly gradients: ParameterSet };

/** What the second half of an update makes. */
export type UpdateOutput = {
  readonly parameters: ParameterSet;
  readonly state: ParameterSet;
  readonly average: ParameterSet;
  /** Global norm of the averaged gradients before clipping. */
  readonly gradientNorm: tf.Scalar;
};

/** All that one update depends on. */
export type TrainStepInput = UpdateState & GradientInput;

/** What one update makes. */
export type TrainStepOutput = UpdateOutput & Omit<GradientOutput, 'gradients'>;

/** The plugins in a train step. */
export interface TrainStepParts extends LossParts {
  readonly optimizer: Optimizer;
  readonly engine: Engine;
}

/** One optimiser update, compiled. */
export type TrainStep = (input: TrainStepInput) => TrainStepOutput;

/** One optimiser update in two compiled functions, for gradients that are joined with those of other workers between. */
export interface TrainStepHalves {
  /** Forward, backward, and the mean over the micro-batches. */
  readonly gradients: (input: GradientInput) => GradientOutput;
  /** The optimiser's update and the running average. */
  readonly update: (input: UpdateInput) => UpdateOutput;
}

/**
 * Compiles one optimiser update: forward, backward, mean over the micro-batches, update and running average, as one
 * pure function of its input (for a lazy engine: one graph). Nothing that changes from step to step is captured, so that
 * all runs of the same plugins share it.
 *
 * The compiled function throws a `DiffusionError` that names the plugin where a plugin throws or gives a wrong shape; the
 * engine's tidy frees what was made until then.
 */
export function trainStep(parts: TrainStepParts): TrainStep {
  const { engine, denoiser, objective, optimizer, conditioner, adapters = [] } = parts;
  return compiledStep(engine, denoiser, objective, optimizer, conditioner ?? NO_CONDITIONER, ...adapters);
}

/** As `trainStep`, in two halves. */
export function trainStepHalves({
  engine,
  denoiser,
  objective,
  optimizer,
  conditioner,
  adapters = [],
}: TrainStepParts): TrainStepHalves {
  return {
    gradients: compiledGradients(engine, denoiser, objective, conditioner ?? NO_CONDITIONER, ...adapters),
    update: compiledUpdate(engine, optimizer),
  };
}

/** Stands where there is no conditioner: what is compiled is found by objects. */
const NO_CONDITIONER = {};

type MaybeConditioner = Conditioner | typeof NO_CONDITIONER;

const reading = (conditioner: MaybeConditioner): Pick<LossParts, 'conditioner'> =>
  'encode' in conditioner ? { conditioner } : {};

const compiledStep = compiledOnce(
  (
    engine: Engine,
    denoiser: LossParts['denoiser'],
    objective: Objective,
    optimizer: Optimizer,
    conditioner: MaybeConditioner,
    ...adapters: readonly SlottedAdapter[]
  ): TrainStep => {
    const parts = { denoiser, objective, adapters, ...reading(conditioner) };
    return engine.compile((input: TrainStepInput): TrainStepOutput => {
      const { gradients, ...losses } = meanGradients(parts, input);
      return { ...updated(optimizer, { ...input, gradients }), ...losses };
    });
  },
);

const compiledGradients = compiledOnce(
  (
    engine: Engine,
    denoiser: LossParts['denoiser'],
    objective: Objective,
    conditioner: MaybeConditioner,
    ...adapters: readonly SlottedAdapter[]
  ) => {
    const parts = { denoiser, objective, adapters, ...reading(conditioner) };
    return engine.compile((input: GradientInput): GradientOutput => meanGradients(parts, input));
  },
);

const compiledUpdate = compiledOnce((engine: Engine, optimizer: Optimizer) =>
  engine.compile((input: UpdateInput): UpdateOutput => updated(optimizer, input)),
);

function updated(optimizer: Optimizer, input: UpdateInput): UpdateOutput {
  const next = optimizer.update(input.gradients, input.state, input.parameters, input.scalars);
  const plugin = identityOf(optimizer, 'optimizer');
  checkUpdate(plugin, next.parameters, input.parameters);
  checkUpdate(plugin, next.state, input.state);
  checkTensors(plugin, { gradientNorm: next.gradientNorm });
  checkUndisposed(plugin, [...Object.values(input.parameters), ...Object.values(input.state)]);
  return { ...next, average: averaged(input.average, next.parameters, input.decay) };
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
