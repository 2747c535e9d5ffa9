import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, toArray } from 'rxjs';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Observer, RunEvent } from '../../src/core/contracts/observer.js';
import type { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { macrotask } from '../../src/core/loop/macrotask.js';
import { definePlugin } from '../../src/core/assembly/define-plugin.js';
import { Roles } from '../../src/core/assembly/roles.js';
import type { Diffusion } from '../../src/pipelines/diffusion.js';
import { pixels } from '../../src/pipelines/sampling/pixels.js';
import { figure } from '../figure.js';
import { liveTensors } from '../leak-guard.js';
import { tinyPipeline, tinyPlugins } from './tiny-pipeline.js';

const text: unknown = 'not an error, just text';
const later = (): unknown => Promise.reject(new Error('rejected on purpose'));

/** What an observer may do wrong, and how many reports that makes. An observer that is detached is told nothing more. */
const WRONGS: readonly (readonly [does: string, observer: Observer, reports: number])[] = [
  [
    'throws an Error',
    {
      next: () => {
        throw new Error('broken on purpose');
      },
    },
    1,
  ],
  [
    'throws what is no Error',
    {
      next: () => {
        throw text;
      },
    },
    1,
  ],
  ['rejects', { next: () => void 0, complete: later }, 1],
  ['rejects in each event', { next: later }, 1],
  [
    'throws at the end',
    {
      next: () => undefined,
      complete: () => {
        throw new Error('broken on purpose');
      },
    },
    1,
  ],
  ['disposes of what it is lent', { next: (event) => tf.dispose('x' in event ? [event.x] : []) }, 0],
  ['changes the event', { next: (event) => void Object.assign(event, { kind: 'other', step: 99, index: 99 }) }, 1],
  ['changes what the event holds', { next: (event) => changeInside(event) }, 1],
  ['returns NaN', { next: () => Number.NaN }, 0],
];

function changeInside(event: RunEvent): void {
  if (event.kind === 'start' && 'levels' in event) (event.levels as unknown[]).length = 0;
  if (event.kind === 'step' && !('from' in event)) Object.assign(event, { loss: 0 });
}

const stray: unknown[] = [];
const note = (error: unknown): void => void stray.push(error);
beforeEach(() => {
  stray.length = 0;
  process.on('unhandledRejection', note).on('uncaughtException', note);
});
afterEach(() => void process.off('unhandledRejection', note).off('uncaughtException', note));

/** All that two runs of a pipeline emit. */
async function both(pipeline: Diffusion): Promise<string[]> {
  const ask = { run: 'sampling', steps: 4, count: 2, seed: 8, condition: 1 };
  const samples = await lastValueFrom(pipeline.sample.events(ask).pipe(pixels('x'), toArray()));
  const updates = await lastValueFrom(
    pipeline.train.events({ run: 'training', steps: 3, batchSize: 4 }).pipe(toArray()),
  );
  return [...samples.map(({ images, ...event }) => ({ ...event, x: [...images.data] })), ...updates].map((event) =>
    JSON.stringify(event),
  );
}

const observing = (name: string, create: () => Observer) =>
  definePlugin({ role: Roles.observer, name, config: z.strictObject({}), create });

describe('an observer that', () => {
  const counts = { reports: 0, runs: 0 };
  afterAll(() =>
    figure(
      'R11',
      `${counts.runs} runs with an observer that does wrong, ${counts.reports} reports, 0 different bytes, 0 stray`,
    ),
  );

  it.each(WRONGS)('%s leaves runs, bytes and the other observers alone', async (_, wrong, reports) => {
    await using alone = await tinyPipeline();
    const reported: DiffusionError[] = [];
    const seen: string[] = [];
    const witness: Observer = {
      next: (event) => void seen.push(event.kind),
      complete: () => void seen.push('complete'),
    };
    const plugins = [...tinyPlugins, observing('wrong', () => wrong), observing('witness', () => witness)];
    const report = (error: DiffusionError): void => void reported.push(error);
    await using watched = await tinyPipeline({ observer: ['wrong', 'witness'] }, plugins, report);

    expect(await both(watched)).toEqual(await both(alone));
    await macrotask();
    const sampling = ['start', 'step', 'step', 'step', 'step', 'end', 'complete'];
    expect(seen).toEqual([...sampling, 'start', 'step', 'step', 'step', 'checkpoint', 'end', 'complete']);
    // Once in the sampling run and once in the training run, which know nothing of each other.
    expect(reported).toHaveLength(2 * reports);
    for (const error of reported) expect(error).toMatchObject({ code: 'RXD_TAP_FAILED', plugin: 'observer/wrong' });
    expect(stray).toEqual([]);
    counts.runs += 2;
    counts.reports += reported.length;
  });
});

it('observers that answer only after the run neither hold it up nor hold anything of it', async () => {
  await using alone = await tinyPipeline();
  const atFirst = liveTensors();
  const expected = await both(alone);
  // What a pipeline keeps until it is disposed of, such as tables of its dataset.
  const kept = liveTensors() - atFirst;
  const figures: string[] = [];
  for (const taps of [1, 10, 100]) {
    const counts = { pending: 0, most: 0 };
    const waiting: (() => void)[] = [];
    const slow = (): Observer => ({
      // As `async next` does: it fits the type, and nobody waits for it.
      next: (): unknown => {
        counts.pending++;
        counts.most = Math.max(counts.most, liveTensors());
        return new Promise<void>((resolve) => waiting.push(resolve));
      },
    });
    const plugins = [...tinyPlugins, observing('slow', slow)];
    const reported: DiffusionError[] = [];
    await using watched = await tinyPipeline({ observer: Array<string>(taps).fill('slow') }, plugins, (error) => {
      reported.push(error);
    });
    const before = liveTensors();
    expect(await both(watched)).toEqual(expected);
    // The runs are over, and none of the observers has answered yet.
    expect(counts.pending).toBe(taps * expected.length);
    expect(liveTensors() - before).toBe(kept);
    figures.push(`${taps}: ${counts.most - before}`);
    for (const answer of waiting) answer();
    expect(reported).toEqual([]);
  }
  figure(
    'R12',
    `most tensors alive by number of observers that answer only after the run: ${figures.join(', ')}; equal bytes`,
  );
  expect(new Set(figures.map((told) => told.replace(/^.*: /, ''))).size).toBe(1);
});
