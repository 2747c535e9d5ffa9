import { median } from '../figures.js';

/** Runs before the clock starts. */
const WARM = 3;

/** Median milliseconds of a piece of work. */
export async function timed(work: () => Promise<void>, runs: number): Promise<number> {
  const times: number[] = [];
  for (let run = -WARM; run < runs; run++) {
    const began = performance.now();
    await work();
    if (run >= 0) times.push(performance.now() - began);
  }
  return median(times);
}
