import { float64Of, solve } from 'rxdiffusion/testing';
import type { NoiseLevel, NoiseSchedule, Vector } from 'rxdiffusion';
import { timeDifference } from './told-times.js';
import { estimate } from './estimate.js';
import { RecordedDraws } from './recorded-draws.js';
import { schedulerRun } from './scheduler-parts.js';
import type { RecordedNoise, SolverCase } from './solver-case.js';

/** How far a run in double precision is from the recorded one, in units of the tolerance: 1 is as far as allowed. */
export interface Agreement {
  /** Against the same code in double precision, 1e-9 relative; `undefined` where there is no such record. */
  readonly final: number | undefined;
  /** The worst sample before a network call, and the last one, against the recorded float32 numbers. */
  readonly calls: number;
  /** The worst time that the network was told in a call. */
  readonly times: number;
}

/** Largest relative difference from the recorded end in double precision. */
const FINAL_TOLERANCE = 1e-9;

/** Runs a case by the plugins that its config means, in double precision. Throws `DiffusionError` for what we refuse. */
export async function runCase(run: SolverCase): Promise<Agreement> {
  const parts = await schedulerRun(run.config, {
    ...(run.numInferenceSteps === null ? {} : { steps: run.numInferenceSteps }),
    ...{ setTimesteps: run.setTimesteps ?? {}, step: run.stepArgs ?? {}, quirks: run.quirks ?? [] },
  });
  const calls = callsOf(run);
  const draws = new RecordedDraws([[], ...calls.map(({ noise }) => noise)]);
  const judge = judgeOf(run, parts.schedule);
  // A network is told the time; only one quirk tells it the time of another level.
  const toldLate = run.quirks?.includes('inverse-level') === true;
  let call = 0;
  const end = solve({
    sampler: parts.sampler,
    levels: parts.levels,
    x: inOurScale(run, parts.levels[0] as NoiseLevel),
    samples: 2,
    schedule: parts.schedule,
    denoise: (x, level) => {
      judge.see(calls[call], { x, level, time: parts.parameterization.at(level).time });
      call++;
      draws.called();
      return estimate(run, parts, x, level, toldLate ? parts.schedule.at(level.t) : level);
    },
    noise: (index, key) => draws.of(`${index}/${key}`),
    brownian: (from, to, _, index) => draws.of(`${index}/${from.lambda}/${to.lambda}`),
  });
  if (call !== calls.length) throw new Error(`the record has ${calls.length} network calls, and this run made ${call}`);
  return judge.end(end, parts.levels.at(-1) as NoiseLevel);
}

interface Call {
  /** What the network was told as time. */
  readonly time: number;
  /** The sample before the call. */
  readonly before: readonly number[];
  readonly noise: readonly Float64Array[];
}

function callsOf({ config, xT, steps }: SolverCase): readonly Call[] {
  let before = xT;
  // Its pipeline tells the network sigma, and `step` the time.
  const saysSigma = config['_class_name'] === 'ScoreSdeVeScheduler';
  return steps.flatMap(({ t, level, corrections = [], noise, prev }) => {
    const time = saysSigma ? level[1] : t;
    const corrected = corrections.map((correction) => {
      const call = { time, before, noise: [numbersOf(correction.noise)] };
      before = correction.x;
      return call;
    });
    const call = { time, before, noise: noise === undefined ? [] : [numbersOf(noise)] };
    before = prev;
    return [...corrected, call];
  });
}

function numbersOf(noise: RecordedNoise): Float64Array {
  return Float64Array.from('z' in noise ? noise.z : noise, Math.fround);
}

function inOurScale(run: SolverCase, level: NoiseLevel): Float64Array {
  return Float64Array.from(run.xT, (value) => Math.fround(value) * scaleOf(run, level));
}

/** Samples of the variance-exploding spaces are ours divided by alpha. */
function scaleOf({ space }: SolverCase, { alpha }: NoiseLevel): number {
  return space === 've' ? alpha : 1;
}

/** A network call of ours. */
interface SeenCall {
  readonly x: Vector;
  readonly level: NoiseLevel;
  readonly time: number;
}

function judgeOf(run: SolverCase, schedule: NoiseSchedule) {
  const largest = Math.max(1, ...run.steps.flatMap(({ prev }) => prev.map(Math.abs)), ...run.xT.map(Math.abs));
  const tolerance = 3 * (run.float32Deviation ?? 0) + 2e-6 * largest;
  const timeOff = timeDifference(run, schedule);
  let [calls, times] = [0, 0];
  const distance = (recorded: readonly number[], x: Float64Array, level: NoiseLevel): number => {
    const scale = scaleOf(run, level);
    return Math.max(...recorded.map((value, i) => Math.abs(value - (x[i] ?? Number.NaN) / scale)));
  };
  const see = (recorded: Call | undefined, { x, level, time }: SeenCall): void => {
    if (recorded === undefined) return;
    calls = Math.max(calls, distance(recorded.before, float64Of(x), level) / tolerance);
    times = Math.max(times, timeOff({ recorded: recorded.time, told: time, level }));
  };
  const end = (x: Float64Array, level: NoiseLevel): Agreement => {
    calls = Math.max(calls, distance(run.steps.at(-1)?.prev ?? [], x, level) / tolerance);
    const { final64 } = run;
    if (!final64) return { final: undefined, calls, times };
    const size = Math.max(1, ...final64.map(Math.abs));
    return { final: distance(final64, x, level) / (FINAL_TOLERANCE * size), calls, times };
  };
  return { see, end };
}
