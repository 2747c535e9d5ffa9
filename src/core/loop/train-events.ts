/** Fields that every event of a training run has. */
interface TrainEventFields {
  /** Identity of the run: the request's `run`, that of the run it goes on with, else a random one. Checkpoints carry it. */
  readonly run: string;
  /** Updates done so far: 1 after the first. */
  readonly step: number;
  /** Updates of the whole run. */
  readonly steps: number;
}

/** Training begins, or goes on from a checkpoint (`step` > 0). */
export interface TrainStart extends TrainEventFields {
  readonly kind: 'start';
  readonly batchSize: number;
  /** Number of trained numbers in the network. */
  readonly parameters: number;
}

/** One optimiser update is done. */
export interface TrainStep extends TrainEventFields {
  readonly kind: 'step';
  readonly epoch: number;
  readonly batchSize: number;
  /** Mean loss of the update, with what the network adds. */
  readonly loss: number;
  /** Means of the losses that the network adds, by name; absent where it adds none. */
  readonly losses?: Readonly<Record<string, number>>;
  readonly learningRate: number;
  /** Global norm of the gradients before clipping. */
  readonly gradientNorm: number;
}

/** A measurement between steps. */
export interface TrainEvaluation extends TrainEventFields {
  readonly kind: 'evaluation';
  readonly metrics: Readonly<Record<string, number>>;
}

/** A checkpoint was written and is safe. */
export interface TrainCheckpoint extends TrainEventFields {
  readonly kind: 'checkpoint';
  readonly name: string;
}

/** Training is complete. */
export interface TrainEnd extends TrainEventFields {
  readonly kind: 'end';
}

/** Everything that a training run emits: numbers only, nothing is lent. */
export type TrainEvent = TrainStart | TrainStep | TrainEvaluation | TrainCheckpoint | TrainEnd;
