/** How fast a run goes, seen so far. */
interface Pace {
  /** Steps a second; 0 while unknown. */
  readonly rate: number;
  /** Seconds until `count` steps are done; `undefined` while unknown. */
  readonly left: number | undefined;
}

/** Measures the pace of a run from the moments at which its steps were done. */
export interface PaceMeter {
  /** Says that `done` of `count` steps are done at `time` milliseconds. */
  mark(done: number, count: number, time: number): Pace;
}

const MEMORY = 0.95;

/**
 * An exponential average of seconds a step over about the last 20 steps, its start corrected as in Adam (Kingma and Ba
 * 2015, section 3): follows a run that speeds up or slows down, and does not jump with single steps.
 */
export function paceMeter(startDone: number, startTime: number): PaceMeter {
  let [done, time] = [startDone, startTime];
  let [seconds, weight] = [0, 0];
  return {
    mark(nowDone, count, nowTime) {
      const steps = nowDone - done;
      if (steps > 0) {
        const keep = MEMORY ** steps;
        seconds = keep * seconds + (1 - keep) * Math.max(0, (nowTime - time) / 1000 / steps);
        weight = keep * weight + (1 - keep);
        [done, time] = [nowDone, nowTime];
      }
      if (weight === 0 || seconds === 0) return { rate: 0, left: undefined };
      return { rate: weight / seconds, left: (count - nowDone) * (seconds / weight) };
    },
  };
}
