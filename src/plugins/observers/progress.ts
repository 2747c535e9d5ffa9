import { z } from 'zod';
import { positive } from '../../core/assembly/config-numbers.js';
import type { Observer, RunEvent } from '../../core/contracts/observer.js';
import { definePlugin } from '../../core/assembly/define-plugin.js';
import { Roles } from '../../core/assembly/roles.js';
import { progressLine, type Progress } from './progress-line.js';
import { clock, quiet, standardSink, type Sink } from './sink.js';

/** How fast a run goes, seen so far. */
interface Pace {
  /** Steps a second; 0 while unknown. */
  readonly rate: number;
  /** Seconds until `count` steps are done; `undefined` while unknown. */
  readonly left: number | undefined;
}

/** Measures the pace of a run from the moments at which its steps were done. */
interface PaceMeter {
  /** Says that `done` of `count` steps are done at `time` milliseconds. */
  mark(done: number, count: number, time: number): Pace;
}

const MEMORY = 0.95;

/**
 * An exponential average of seconds a step over about the last 20 steps, its start corrected as in Adam (Kingma and Ba
 * 2015, section 3): follows a run that speeds up or slows down, and does not jump with single steps.
 */
function paceMeter(startDone: number, startTime: number): PaceMeter {
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

/** What `progressBar` draws on and by which clock. */
export interface ProgressOptions extends Partial<Sink> {
  /** Milliseconds; `performance.now` where absent. */
  readonly now?: () => number;
  /** Seconds between lines where a line cannot be drawn again in place; 5 where absent. */
  readonly every?: number;
}

const REDRAW_MS = 100;
const LOSS_MEMORY = 0.98;
/** Characters of a run's identity that a line has room for. */
const SHOWN_OF_RUN = 8;

/**
 * Live progress of a run, on one line that is drawn again in place (on a terminal) or on a line every few seconds
 * (elsewhere): the start of the run's identity, steps, smoothed loss when training, network calls when sampling, rate and
 * time left. Runs at the same time are told apart. Writes to stderr where no sink is given. Never throws.
 */
export function progressBar(options: ProgressOptions = {}): Observer {
  const sink = { ...standardSink('stderr'), ...options };
  const write = quiet(sink.write);
  const now = options.now ?? clock;
  const interval = sink.isTTY ? REDRAW_MS : (options.every ?? 5) * 1000;
  const runs = new Map<string, RunState>();
  let open = false;
  const close = (run?: string): void => {
    if (run !== undefined) runs.delete(run);
    if (open) write('\n');
    open = false;
  };
  return {
    next(event) {
      const time = now();
      const run = follow(event.kind === 'start' ? undefined : runs.get(event.run), event, time);
      runs.set(event.run, run);
      if (event.kind === 'checkpoint' || event.kind === 'evaluation') return;
      if (event.kind === 'step' && time - run.drawn < interval) return;
      run.drawn = time;
      const line = progressLine(run.progress, sink);
      write(sink.isTTY ? `\r${line}\u001b[K` : `${line}\n`);
      open = sink.isTTY;
      if (event.kind === 'end') close(event.run);
    },
    complete: close,
    error: (_, run) => close(run),
  };
}

interface RunState {
  readonly began: number;
  readonly meter: PaceMeter;
  readonly loss: { sum: number; weight: number };
  progress: Progress;
  drawn: number;
}

function follow(run: RunState | undefined, event: RunEvent, time: number): RunState {
  const { done, count } = position(event);
  const state = run ?? newRun(event, done, count, time);
  const pace = state.meter.mark(done, count, time);
  if ('loss' in event) {
    state.loss.sum = LOSS_MEMORY * state.loss.sum + event.loss;
    state.loss.weight = LOSS_MEMORY * state.loss.weight + 1;
  }
  const { sum, weight } = state.loss;
  state.progress = {
    ...state.progress,
    ...pace,
    ...(event.kind === 'end' ? { took: (time - state.began) / 1000 } : {}),
    done,
    count,
    ...(weight > 0 ? { loss: sum / weight } : {}),
    ...('nfe' in event ? { nfe: event.nfe, totalNfe: event.totalNfe } : {}),
  };
  return state;
}

function newRun(event: RunEvent, done: number, count: number, time: number): RunState {
  const what = `${'steps' in event ? 'train' : 'sample'} ${event.run.slice(0, SHOWN_OF_RUN)}`;
  return {
    began: time,
    meter: paceMeter(event.kind === 'step' ? done - 1 : done, time),
    loss: { sum: 0, weight: 0 },
    progress: { what, done, count, rate: 0, left: undefined },
    drawn: Number.NEGATIVE_INFINITY,
  };
}

function position(event: RunEvent): { done: number; count: number } {
  if ('steps' in event) return { done: event.step, count: event.steps };
  if (event.kind === 'start') return { done: 0, count: event.count };
  return { done: event.kind === 'end' ? event.count : event.index + 1, count: event.count };
}

/**
 * Progress of runs on one line, written to stderr: `progressBar` as a plugin for recipes. Where the output is no
 * terminal it writes a line every `every` seconds. Source: this package.
 * When: a person watches a terminal.
 */
export const progress = definePlugin({
  role: Roles.observer,
  name: 'progress',
  summary: 'Live progress of runs on one line, to stderr.',
  reference: 'This package',
  tags: { when: 'a person watches a terminal' },
  config: z.strictObject({
    every: positive().default(5).describe('Seconds between lines where the output is no terminal.'),
  }),
  create: ({ config }) => progressBar(config),
});
