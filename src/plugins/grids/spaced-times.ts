import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { halfEven } from './half-even.js';
import { checkSteps } from './grid-steps.js';
import type { TimeRange } from './time-range.js';

/** Multiples of a whole stride counted from the cleanest time, noisiest first; `offset` is added to indices. */
export function leadingTimes(range: TimeRange, steps: number, offset: number, extraPoint: boolean): number[] {
  const { trainSteps, tMin, tMax } = range;
  checkPoints(range, steps, extraPoint);
  const points = steps + (extraPoint ? 1 : 0);
  const stride = trainSteps === undefined ? (tMax - tMin) / points : Math.floor(trainSteps / points);
  const first = trainSteps === undefined ? tMin : offset;
  if (first + (points - 1) * stride > tMax) throw pastTheEnd(first + (points - 1) * stride, tMax);
  return Array.from({ length: steps }, (_, i) => first + (points - 1 - i) * stride);
}

/** Times counted from the noisiest one; indices are rounded. */
export function trailingTimes(range: TimeRange, steps: number): number[] {
  const { trainSteps, tMax } = range;
  checkPoints(range, steps, false);
  if (trainSteps === undefined) return Array.from({ length: steps }, (_, i) => tMax * (1 - i / steps));
  const stride = trainSteps / steps;
  return Array.from({ length: steps }, (_, i) => halfEven(trainSteps - i * stride) - 1);
}

/**
 * Evenly spaced times from the noisiest to the cleanest, not rounded: any number of them. With an extra point, the
 * cleanest one is left out.
 */
export function linspaceTimes(range: TimeRange, steps: number, extraPoint: boolean): number[] {
  const { tMin, tMax } = range;
  checkSteps(steps);
  const last = steps - (extraPoint ? 0 : 1);
  const stride = (tMax - tMin) / Math.max(last, 1);
  return Array.from({ length: steps }, (_, i) => (i === 0 ? tMax : tMin + (last - i) * stride));
}

/** Throws `RXD_REQUEST_INVALID` where time is an index and there are not enough of them. */
export function checkPoints({ trainSteps = Infinity }: TimeRange, steps: number, extraPoint: boolean): void {
  checkSteps(steps, trainSteps - (extraPoint ? 1 : 0));
}

function pastTheEnd(time: number, tMax: number): DiffusionError {
  return new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'the offset moves the grid past the noisiest level of the schedule',
    got: `time ${time}`,
    expected: `at most ${tMax}`,
    fix: 'ask for fewer steps, or for a smaller offset',
    plugin: 'grid/leading',
  });
}
