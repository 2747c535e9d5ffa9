import * as tf from '@tensorflow/tfjs';
import { Observable, type OperatorFunction } from 'rxjs';
import type { ParameterSet } from '../../core/contracts/denoiser.js';
import type { TrainingMoment } from './training.js';

/** Trained weights that belong to whoever has them. `using result = await pipeline.train(...)` frees them. */
export class TrainResult implements Disposable {
  /** The averaged weights where the run kept an average, else the last ones. Yours: valid until `dispose`. */
  readonly parameters: ParameterSet;
  /** Updates done. */
  readonly step: number;
  /** Loss of the last update; `NaN` where a resumed run had nothing left to do. */
  readonly loss: number;
  /** Identity of the run, as in its events and checkpoints. */
  readonly run: string;

  constructor(parameters: ParameterSet, step: number, loss: number, run: string) {
    this.parameters = parameters;
    this.step = step;
    this.loss = loss;
    this.run = run;
  }

  /** Frees the weights. Idempotent. */
  dispose(): void {
    tf.dispose(this.parameters);
  }

  /** What `using` calls. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** The owned result of a training run: a copy of its last weights. Whoever subscribes disposes of it. */
export function trained(): OperatorFunction<TrainingMoment, TrainResult> {
  return (moments) =>
    new Observable((subscriber) => {
      let loss = Number.NaN;
      return moments.subscribe({
        next: ({ event, state, fit }) => {
          if (event.kind === 'step') loss = event.loss;
          if (event.kind !== 'end') return;
          const weights = Object.entries(state.average ?? state.parameters);
          const copies = fit.engine.run(() => weights.map(([name, tensor]) => [name, tf.clone(tensor)] as const));
          subscriber.next(new TrainResult(Object.fromEntries(copies), event.step, loss, event.run));
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
}
