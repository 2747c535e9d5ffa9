import { concat, concatMap, defer, finalize, ignoreElements, takeWhile, type OperatorFunction } from 'rxjs';
import type { NoisyTicket } from './add-noise.js';
import { Training, type FitOptions, type TrainingMoment } from './training.js';

/**
 * Fits a denoiser: one optimiser update for each ticket. The run owns weights, optimiser state and average; moments
 * lend them. Unsubscribing stops before the next update and frees everything.
 *
 * @example
 * batches(dataset, order).pipe(addNoise(noising), fit(parts), trainEvents())
 */
export function fit(options: FitOptions): OperatorFunction<NoisyTicket, TrainingMoment> {
  return (tickets) =>
    defer(() => {
      const training = new Training(options);
      return concat(
        defer(() => training.open()),
        tickets.pipe(
          concatMap((ticket) => (training.stopped ? [undefined] : training.update(ticket))),
          // One mark ends all tickets that wait. To skip each of them in turn would nest a call for each.
          takeWhile((moment) => moment !== undefined),
        ),
        defer(() => training.end()),
        // A last checkpoint may take long to write: to complete before would free what it writes.
        defer(() => training.left()).pipe(ignoreElements()),
      ).pipe(finalize(() => training.close()));
    });
}
