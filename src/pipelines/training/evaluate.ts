import { concat, from, map, mergeMap, of, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import type { ParameterSet } from '../../core/contracts/denoiser.js';
import { blame } from '../../core/errors/blame.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { formatValue } from '../../core/errors/format-value.js';
import { within, type HookLimit } from '../../core/assembly/promises.js';
import { isRecord } from '../../core/requests/read-request.js';
import type { TrainingMoment } from './training.js';

type Metrics = Readonly<Record<string, number>>;

/** When and what to measure. */
export interface EvaluateOptions {
  /** Every n-th update. */
  readonly every: number;
  /** Measures the weights (the average where there is one), lent until its promise settles. */
  readonly measure: (parameters: ParameterSet, step: number) => Promise<Readonly<Record<string, number>>>;
}

/**
 * Measures between updates and adds an `evaluation` event with the metrics. Training waits for the measurement.
 *
 * @param limit - milliseconds that a measurement may take; for ever where absent
 */
export function evaluate(
  { every, measure }: EvaluateOptions,
  limit?: number,
): MonoTypeOperatorFunction<TrainingMoment> {
  return mergeMap((moment): Observable<TrainingMoment> => {
    const { run, step, steps } = moment.event;
    if (moment.event.kind !== 'step' || step % every !== 0) return of(moment);
    const { average, parameters } = moment.state;
    const work = measured(() => measure(average ?? parameters, step), step, limit);
    moment.waitUntil(work);
    const evaluation = (metrics: Readonly<Record<string, number>>): TrainingMoment => ({
      ...moment,
      event: Object.freeze({ kind: 'evaluation', run, step, steps, metrics: Object.freeze({ ...metrics }) }),
    });
    return concat(of(moment), from(work).pipe(map(evaluation)));
  });
}

/** The metrics of a moment. Whatever the callback does wrong is an error that names it and the step. */
async function measured(measure: () => unknown, step: number, limit: HookLimit): Promise<Metrics> {
  try {
    return checkedMetrics(await within(limit, 'measure', Promise.resolve(measure())));
  } catch (error) {
    throw blame(error, 'evaluate/measure', step);
  }
}

function checkedMetrics(metrics: unknown): Metrics {
  const wrong = isRecord(metrics) ? Object.entries(metrics).find(([, value]) => typeof value !== 'number') : undefined;
  if (isRecord(metrics) && wrong === undefined) return metrics as Metrics;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the measurement gave no metrics',
    got: wrong === undefined ? formatValue(metrics) : `${wrong[0]}: ${formatValue(wrong[1])}`,
    expected: 'a record of numbers',
    fix: 'return `{ name: number, … }` from `measure`',
  });
}
