import type { Adapter } from '../contracts/adapter.js';
import type { Conditioner } from '../contracts/conditioning.js';
import type { Denoiser, ParametersBySlot, ParameterSet } from '../contracts/denoiser.js';
import type { Engine } from '../contracts/engine.js';
import type { Parameterization } from '../contracts/parameterization.js';
import type { Average, Objective, Optimizer } from '../contracts/training.js';
import type { JoinGradients } from './batch-gradients.js';
import type { TrainStepHalves, TrainStepInput, TrainStepOutput } from './train-step.js';

/** The plugins that fit a network to data. */
export interface FitParts {
  readonly engine: Engine;
  readonly denoiser: Pick<Denoiser, 'predict'>;
  readonly parameterization: Parameterization;
  readonly objective: Objective;
  readonly optimizer: Optimizer;
  readonly conditioner?: Conditioner;
  /** Adapters by slot: they change weights before these are read. Those that are not frozen learn. */
  readonly adapters?: Readonly<Record<string, Adapter>> | undefined;
  /** Weights by slot that updates read and leave as they are; the own ones of a frozen conditioner where absent. Borrowed. */
  readonly still?: ParametersBySlot | undefined;
  readonly average?: Average;
  /**
   * Weights by slot that training reads and leaves as they are, and that its checkpoints have too: those of a codec, and of a
   * frozen conditioner where they are not its own. Borrowed.
   */
  readonly kept?: ParametersBySlot | undefined;
  /**
   * Joins the gradients of each update with those of other workers, as plain data. Where it is there, an update is two
   * compiled calls, gradients and optimiser, and this between them; where it is not, one call.
   */
  readonly joinGradients?: JoinGradients | undefined;
}

/** `FitParts` with the train step compiled. It holds no tensors and serves any number of states. */
export interface Fit extends FitParts {
  /** One update: forward, backward, optimiser and average. */
  readonly run: (input: TrainStepInput) => TrainStepOutput;
  /** The same in two calls, where gradients are joined between. */
  readonly halves?: TrainStepHalves;
}

/** All that training changes. Whoever holds a state owns its tensors and gives them back by `disposeFit`. */
export interface FitState {
  readonly parameters: ParameterSet;
  readonly optimizer: ParameterSet;
  /** Averaged weights, where the fit keeps an average. */
  readonly average?: ParameterSet;
  /** Updates done so far. */
  readonly step: number;
}
