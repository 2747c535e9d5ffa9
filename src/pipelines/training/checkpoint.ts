import { concat, from, map, mergeMap, of, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import { fitToData, type FitData } from '../../core/training/fit-data.js';
import type { TrainingMoment } from './training.js';

/** When and how to save. */
export interface CheckpointOptions {
  /** Every n-th update; 0 saves at the end only. */
  readonly every: number;
  /** Writes the data and gives the name under which it can be found. */
  readonly save: (data: FitData) => Promise<string>;
}

/**
 * Saves the state every n-th update and at the end, and adds a `checkpoint` event once it is safe. Training waits for
 * the writing; a failure to write ends the run with its error, and what was written before stays.
 */
export function checkpoint({ every, save }: CheckpointOptions): MonoTypeOperatorFunction<TrainingMoment> {
  const saved = (moment: TrainingMoment): Observable<TrainingMoment> => {
    const work = fitToData(moment.fit, moment.state).then(save);
    moment.waitUntil(work);
    const { run, step, steps } = moment.event;
    return from(work).pipe(
      map((name) => ({ ...moment, event: Object.freeze({ kind: 'checkpoint', run, step, steps, name } as const) })),
    );
  };
  return mergeMap((moment) => {
    const { kind, step, steps } = moment.event;
    if (kind === 'end') return concat(saved(moment), of(moment));
    const due = kind === 'step' && every > 0 && step % every === 0 && step < steps;
    return due ? concat(of(moment), saved(moment)) : of(moment);
  });
}
