/** Training begins, or goes on from a checkpoint (`step` > 0). */
export interface TrainStart {
  readonly kind: 'start';
  readonly step: number;
  readonly steps: number;
  readonly batchSize: number;
  /** Number of trained numbers in the network. */
  readonly parameters: number;
}

/** One optimiser update is done. */
export interface TrainStep {
  readonly kind: 'step';
  /** Updates done so far: 1 after the first. */
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly batchSize: number;
  readonly loss: number;
  readonly learningRate: number;
  /** Global norm of the gradients before clipping. */
  readonly gradientNorm: number;
}

/** A measurement between steps. */
export interface TrainEvaluation {
  readonly kind: 'evaluation';
  readonly step: number;
  readonly steps: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** A checkpoint was written and is safe. */
export interface TrainCheckpoint {
  readonly kind: 'checkpoint';
  readonly step: number;
  readonly steps: number;
  readonly name: string;
}

/** Training is complete. */
export interface TrainEnd {
  readonly kind: 'end';
  readonly step: number;
  readonly steps: number;
}

/** Everything that a training run emits: numbers only, nothing is lent. */
export type TrainEvent = TrainStart | TrainStep | TrainEvaluation | TrainCheckpoint | TrainEnd;
