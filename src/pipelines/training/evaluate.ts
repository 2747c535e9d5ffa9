import { concat, from, map, mergeMap, of, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import type { ParameterSet } from '../../core/contracts/denoiser.js';
import type { TrainingMoment } from './training.js';

/** When and what to measure. */
export interface EvaluateOptions {
  /** Every n-th update. */
  readonly every: number;
  /** Measures the weights (the average where there is one), lent until its promise settles. */
  readonly measure: (parameters: ParameterSet, step: number) => Promise<Readonly<Record<string, number>>>;
}

/** Measures between updates and adds an `evaluation` event with the metrics. Training waits for the measurement. */
export function evaluate({ every, measure }: EvaluateOptions): MonoTypeOperatorFunction<TrainingMoment> {
  return mergeMap((moment): Observable<TrainingMoment> => {
    const { run, step, steps } = moment.event;
    if (moment.event.kind !== 'step' || step % every !== 0) return of(moment);
    const { average, parameters } = moment.state;
    const work = measure(average ?? parameters, step);
    moment.waitUntil(work);
    const evaluation = (metrics: Readonly<Record<string, number>>): TrainingMoment => ({
      ...moment,
      event: Object.freeze({ kind: 'evaluation', run, step, steps, metrics: Object.freeze({ ...metrics }) }),
    });
    return concat(of(moment), from(work).pipe(map(evaluation)));
  });
}
