import * as tf from '@tensorflow/tfjs';
import { Observable, type OperatorFunction } from 'rxjs';
import type { ParametersBySlot, ParameterSet } from '../../core/contracts/denoiser.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import type { Recipe } from '../../core/assembly/recipe.js';
import type { Weights } from '../../core/storage/weights.js';
import { readableParameters } from '../../core/tensors/readable-parameters.js';
import { flatParameters, layoutOf, parametersBySlot, type TrainedParts } from '../../core/training/trained-slots.js';
import { bySlot } from '../../core/sampling/network/by-slot.js';
import type { TrainingMoment } from './training.js';

/** What trained weights were made by. */
export interface MadeBy {
  readonly recipe: Recipe;
  /** How its parameters lie in a file. */
  readonly denoiser: TrainedParts['denoiser'];
  readonly conditioner?: TrainedParts['conditioner'];
  readonly codec?: TrainedParts['codec'];
  readonly adapters?: TrainedParts['adapters'];
}

/** Trained weights that belong to whoever has them. `using result = await pipeline.train(...)` frees them. */
export class TrainResult implements Disposable {
  /**
   * The denoiser's weights: averaged where the run kept an average, else the last ones. Yours: valid until `dispose`. None where
   * adapters were trained: see `parametersBySlot`.
   */
  readonly parameters: ParameterSet;
  /**
   * The same, and those of every other slot that was trained or that latents depend on:
   * `pipeline.sample({ parameters: result.parametersBySlot })`.
   */
  readonly parametersBySlot: ParametersBySlot;
  /** Updates done. */
  readonly step: number;
  /** Loss of the last update; `NaN` where a resumed run had nothing left to do. */
  readonly loss: number;
  /** Identity of the run, as in its events and checkpoints. */
  readonly run: string;

  readonly #madeBy: MadeBy | undefined;

  /** @param parameters - weights of the denoiser, or of several slots */
  constructor(parameters: ParameterSet | ParametersBySlot, step: number, loss: number, run: string, madeBy?: MadeBy) {
    this.parametersBySlot = bySlot(parameters);
    this.parameters = this.parametersBySlot['denoiser'] ?? {};
    this.step = step;
    this.loss = loss;
    this.run = run;
    this.#madeBy = madeBy;
  }

  /**
   * The weights with the recipe that samples with them, for `saveWeights`. They are read from this result: save them
   * before it is disposed.
   *
   * @throws DiffusionError `RXD_REQUEST_INVALID` for a run that was composed by hand, where `trained` was told no recipe
   */
  weights(): Weights {
    if (this.#madeBy === undefined) throw withoutRecipe();
    const { recipe } = this.#madeBy;
    const { run, step } = this;
    return {
      run,
      step,
      recipe,
      tensors: readableParameters(flatParameters(this.parametersBySlot), layoutOf(this.#madeBy)),
    };
  }

  /** Frees the weights. Idempotent. */
  dispose(): void {
    tf.dispose(this.parametersBySlot);
  }

  /** What `using` calls. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * The owned result of a training run: a copy of its last weights. Whoever subscribes disposes of it.
 *
 * @param madeBy - lets the result say `weights()`
 */
export function trained(madeBy?: MadeBy): OperatorFunction<TrainingMoment, TrainResult> {
  return (moments) =>
    new Observable((subscriber) => {
      let loss = Number.NaN;
      return moments.subscribe({
        next: ({ event, state, fit }) => {
          if (event.kind === 'step') loss = event.loss;
          if (event.kind !== 'end') return;
          const weights = Object.entries({ ...(state.average ?? state.parameters), ...flatParameters(fit.kept ?? {}) });
          const copies = fit.engine.run(() => weights.map(([name, tensor]) => [name, tf.clone(tensor)] as const));
          subscriber.next(
            new TrainResult(parametersBySlot(Object.fromEntries(copies)), event.step, loss, event.run, madeBy),
          );
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
}

function withoutRecipe(): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'the weights of this run have no recipe to be saved with',
    got: 'a run that was composed by hand',
    expected: 'the recipe that samples with them',
    fix: 'say it to the operator: `trained({ recipe, denoiser })`',
  });
}
