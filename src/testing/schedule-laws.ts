import type { NoiseLevel } from '../core/contracts/noise-level.js';
import type { NoiseSchedule } from '../core/contracts/noise-schedule.js';
import { close, lawsOf } from './broken-law.js';

const holds = lawsOf('schedules');
const PLACES = 41;

/**
 * Checks the laws of the schedule contract: levels lie on the path, `lambda = ln(alpha / sigma)` falls strictly as time
 * grows, `timeAt` undoes `at`, `levelAt` has exactly the lambda asked for (also outside of the schedule), and the clean
 * level is no noisier than any other.
 *
 * @throws Error that says which law is broken.
 */
export function scheduleLaws(schedule: NoiseSchedule): void {
  const { tMin, tMax, trainSteps, clean } = schedule;
  if (trainSteps !== undefined) holds(tMin === 0 && tMax === trainSteps - 1, 'discrete time is 0 ... trainSteps - 1');
  const times = Array.from({ length: PLACES }, (_, i) => tMin + ((tMax - tMin) * i) / (PLACES - 1));
  const levels = times.map((t) => schedule.at(t));
  levels.forEach((level) => checkLevel(schedule, level));
  const falls = levels.slice(1).every(({ lambda }, i) => lambda < (levels[i] as NoiseLevel).lambda);
  holds(falls, 'lambda falls strictly as t grows');
  times.forEach((t, i) => {
    const { lambda } = levels[i] as NoiseLevel;
    if (!Number.isFinite(lambda)) return;
    holds(close(schedule.timeAt(lambda), t, 1e-6 * (tMax - tMin)), `timeAt undoes at (t = ${t})`);
    holds(close(schedule.levelAt(lambda).lambda, lambda, 1e-9), `levelAt(lambda) has that lambda (t = ${t})`);
  });
  for (const lambda of [-12, 12]) {
    const outside = schedule.levelAt(lambda);
    checkLevel(schedule, outside);
    holds(close(outside.lambda, lambda, 1e-9), `levelAt(${lambda}) has that lambda, also outside of the schedule`);
    holds(outside.t >= tMin && outside.t <= tMax, 'the time of a level outside of the schedule is clamped');
  }
  holds(clean.lambda >= (levels[0] as NoiseLevel).lambda, 'the clean level is no noisier than any other');
  holds(schedule.priorStd(schedule.at(tMax)) > 0, 'the prior has a positive standard deviation');
}

function checkLevel({ path }: NoiseSchedule, { alpha, sigma, lambda }: NoiseLevel): void {
  const onPath = { vp: alpha ** 2 + sigma ** 2, ve: alpha, flow: alpha + sigma, 'sub-vp': alpha ** 2 + sigma }[path];
  holds(close(onPath, 1, 1e-9), `levels lie on the ${path} path`);
  const said = sigma === 0 ? Infinity : alpha === 0 ? -Infinity : Math.log(alpha / sigma);
  holds(said === lambda || close(said, lambda, 1e-6), 'lambda = ln(alpha / sigma)');
}
