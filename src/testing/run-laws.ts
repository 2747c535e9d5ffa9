import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, take, tap, toArray } from 'rxjs';
import type { Law } from './law.js';
import { lawsOf } from './broken-law.js';
import { macrotask } from '../core/loop/macrotask.js';
import type { Diffusion } from '../pipelines/diffusion.js';
import { samplingParts } from '../pipelines/sample-function.js';
import { pixels } from '../pipelines/sampling/pixels.js';
import type { SampleRequest } from '../core/sampling/sample-request.js';
import { bitsOf, eventsOf, type RunParts } from './run-events.js';
import { swapLaws } from './swap-laws.js';

const holds = lawsOf('runs');

/** What the runs of `runLaws` ask for. */
export interface RunCase {
  /** Steps of each run; 5. */
  readonly steps?: number;
  /** What the conditioner is asked for, where there is one. */
  readonly condition?: unknown;
  /** Further conditions by name, where the guidance reads such. */
  readonly conditions?: SampleRequest['conditions'];
}

/**
 * The laws of sampling with the plugins of a pipeline: equal runs are equal bit for bit, also at once with others; a batch
 * equals its singles; events tell every step; an unsubscribe ends the run before its next network call; nothing leaks,
 * however a run ends; swapping the sampler at a step boundary equals the composed run.
 *
 * @param open - makes the pipeline; each law opens its own and disposes of it
 *
 * @example
 * for (const { law, check } of runLaws(() => diffusion(recipe, { plugins }))) test(law, check);
 */
export function runLaws(open: () => Promise<Diffusion>, { steps = 5, ...conditions }: RunCase = {}): readonly Law[] {
  const said = Object.entries(conditions).filter(([, condition]) => condition !== undefined);
  const request: SampleRequest = { steps, ...Object.fromEntries(said) };
  const withParts = (work: (parts: RunParts) => Promise<void>): Law['check'] => {
    return async () => {
      await using pipeline = await open();
      const parts = samplingParts(pipeline.assembly);
      await parts.engine.start();
      await work(parts);
    };
  };
  return [
    { law: 'equal runs are equal, alone and at once', check: withParts((parts) => determinism(parts, request)) },
    { law: 'a batch equals its singles', check: withParts((parts) => singles(parts, request)) },
    { law: 'events tell every step and every network call', check: withParts((parts) => told(parts, request)) },
    { law: 'an unsubscribe ends the run and leaks nothing', check: withParts((parts) => cancelled(parts, request)) },
    { law: 'an error ends the run and leaks nothing', check: withParts((parts) => failed(parts, request)) },
    ...swapLaws(withParts, request),
  ];
}

async function determinism(parts: RunParts, request: SampleRequest): Promise<void> {
  const run = (seed: number): Promise<readonly string[]> => bitsOf(eventsOf(parts, { ...request, seed }));
  const [one, two] = [await run(1), await run(2)];
  holds((await run(1)).join(';') === one.join(';'), 'equal runs are equal bit for bit');
  const together = await Promise.all([run(1), run(2)]);
  holds(together.join('|') === [one, two].join('|'), 'runs at once equal runs alone');
}

async function singles(parts: RunParts, request: SampleRequest): Promise<void> {
  // The samples of a batch share the steps that an adaptive sampler finds.
  if (parts.sampler.stepSize !== undefined) return;
  const run = (seeds: readonly number[]): Promise<readonly string[]> => bitsOf(eventsOf(parts, { ...request, seeds }));
  const [batch, one, two] = [await run([4, 9]), await run([4]), await run([9])];
  const joined = one.map((bits, event) => `${bits},${two[event]}`);
  holds(batch.join(';') === joined.join(';'), 'a batch equals its singles bit for bit');
}

async function told(parts: RunParts, request: SampleRequest): Promise<void> {
  const events = await lastValueFrom(eventsOf(parts, request).pipe(pixels('x'), toArray()));
  const kinds = events.map((event) => (event.kind === 'step' ? event.index : event.kind)).join();
  const steps = Array.from({ length: events.length - 2 }, (_, i) => i);
  holds(kinds === ['start', ...steps, 'end'].join(), 'there is a start, each step in order, and an end');
  const end = events.at(-1);
  holds(end?.count === steps.length, 'there are as many steps as the end counts');
  holds(end?.nfe === end?.totalNfe, 'the network is called as often as was declared');
}

async function cancelled(parts: RunParts, request: SampleRequest): Promise<void> {
  let calls = 0;
  const predict: RunParts['denoiser']['predict'] = (...input) => {
    calls++;
    return parts.denoiser.predict(...input);
  };
  const counted = { ...parts, denoiser: { ...parts.denoiser, predict } };
  await bitsOf(eventsOf(counted, request));
  const before = tf.memory().numTensors;
  for (let events = 1; events <= request.steps + 1; events++) {
    let seen = 0;
    const noted = tap(() => void (seen = calls));
    await lastValueFrom(eventsOf(counted, request).pipe(noted, take(events)));
    await macrotask();
    holds(calls === seen, 'no network call comes after an unsubscribe');
    holds(tf.memory().numTensors === before, `nothing is left after an unsubscribe at event ${events}`);
  }
}

async function failed(parts: RunParts, request: SampleRequest): Promise<void> {
  await bitsOf(eventsOf(parts, request));
  const before = tf.memory().numTensors;
  const failing = (call: number): RunParts => {
    let left = call;
    const predict: RunParts['denoiser']['predict'] = (...input) => {
      if (left-- === 0) throw new Error('broken on purpose');
      return parts.denoiser.predict(...input);
    };
    return { ...parts, denoiser: { ...parts.denoiser, predict } };
  };
  for (const call of [0, 1]) {
    const outcome = await bitsOf(eventsOf(failing(call), request)).then(
      () => 'end',
      () => 'error',
    );
    await macrotask();
    holds(outcome === 'end' || tf.memory().numTensors === before, 'nothing is left after an error');
    holds(outcome === 'error' || call > 0, 'an error of the network ends the run with an error');
  }
}
