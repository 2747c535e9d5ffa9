import { map, type OperatorFunction } from 'rxjs';
import type { TrainEvent } from '../../core/loop/train-events.js';
import type { TrainingMoment } from './training.js';

/** Leaves the numbers and drops the lent state: what observers and user interfaces get. */
export function trainEvents(): OperatorFunction<TrainingMoment, TrainEvent> {
  return map(({ event }) => event);
}
