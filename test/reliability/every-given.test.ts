import { defer, map, type Observable } from 'rxjs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { formatValue } from '../../src/core/errors/format-value.js';
import { macrotask } from '../../src/core/loop/macrotask.js';
import { definePlugin } from '../../src/core/assembly/define-plugin.js';
import { Roles } from '../../src/core/assembly/roles.js';
import type { Diffusion } from '../../src/pipelines/diffusion.js';
import type { OnTapError } from '../../src/pipelines/observe.js';
import { pixels } from '../../src/pipelines/sampling/pixels.js';
import { times } from '../effort.js';
import { figure } from '../figure.js';
import { liveTensors } from '../leak-guard.js';
import { revoked } from './common-faults.js';
import { SAMPLE_GIVEN, TRAIN_GIVEN, type Given } from './given-faults.js';
import { outcomeOf, type Outcome } from './outcome.js';
import { tinyPipeline, tinyPlugins } from './tiny-pipeline.js';

const samples = (of: Diffusion, more: object = {}): Observable<string> =>
  of.sample.events({ run: 'sampling', steps: 4, count: 2, seed: 3, condition: [0, 1], ...more }).pipe(
    pixels('x'),
    map((event) => JSON.stringify({ ...event, images: [...event.images.data] })),
  );
const updates = (of: Diffusion, more: object = {}): Observable<string> =>
  of.train.events({ steps: 4, batchSize: 4, ...more }).pipe(map(({ kind, step }) => `${kind} ${step}`));

const stray: unknown[] = [];
const note = (error: unknown): void => void stray.push(error);
const counted = { trials: 0, stray: 0, hangs: 0, untyped: 0 };
let pipeline: Diffusion;
let neighbour: Diffusion;
beforeAll(async () => {
  [pipeline, neighbour] = [await tinyPipeline({}, tinyPlugins, undefined, 150), await tinyPipeline({})];
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  process.on('unhandledRejection', note).on('uncaughtException', note);
});
afterAll(async () => {
  vi.restoreAllMocks();
  process.off('unhandledRejection', note).off('uncaughtException', note);
  await Promise.all([pipeline.dispose(), neighbour.dispose()]);
  const { trials, hangs, untyped } = counted;
  figure('R10', `${trials} trials of what requests hold, ${counted.stray} stray, ${hangs} hangs, ${untyped} untyped`);
});

const hung = (): Promise<undefined> => new Promise((resolve) => setTimeout(resolve, 5000, undefined));

const CODES = {
  refused: 'RXD_REQUEST_INVALID',
  failed: /^RXD_PLUGIN_(FAILED|OUTPUT)$/,
  'timed out': 'RXD_PLUGIN_TIMEOUT',
};

function wrongIn(outcome: Outcome, alone: Outcome, { key, ends }: Given): string[] {
  if (outcome.errors.length + outcome.completions !== 1) return [`ended ${outcome.errors.length} times`];
  const [error] = outcome.errors;
  if (ends === 'nothing')
    return outcome.values.join() === alone.values.join() ? [] : [`the run saw it: ${formatValue(error)}`];
  if (ends === 'early')
    return error === undefined && outcome.values.length < alone.values.length
      ? []
      : [`not early: ${formatValue(error)}`];
  if (error === undefined) return ['the run saw nothing of it'];
  if (!(error instanceof DiffusionError)) {
    counted.untyped++;
    return [`untyped: ${formatValue(error)}`];
  }
  const code = CODES[ends];
  const isNamed = error.message.includes(key) || (ends !== 'refused' && error.plugin !== undefined);
  return [
    ...((typeof code === 'string' ? code === error.code : code.test(error.code)) ? [] : [error.message]),
    ...(isNamed ? [] : [`says neither ${key} nor a plugin: ${error.message}`]),
  ];
}

it.each([
  ['sample', SAMPLE_GIVEN, samples],
  ['train', TRAIN_GIVEN, updates],
] as const)(
  '%s fails once, typed, whatever its request holds',
  async (_, all, run) => {
    const alone = await outcomeOf(run(pipeline));
    const beside = await outcomeOf(samples(neighbour));
    const wrong: string[] = [];
    const every = times(3, 1);
    for (const given of all.filter((_, index) => index % every === 0)) {
      await macrotask();
      const before = liveTensors();
      stray.length = 0;
      const request = given.key.includes('.')
        ? { live: { [given.key]: given.value() } }
        : { [given.key]: given.value() };
      const both = Promise.all([outcomeOf(defer(() => run(pipeline, request))), outcomeOf(samples(neighbour))]);
      const outcomes = await Promise.race([both, hung()]);
      await macrotask();
      counted.trials++;
      const says = (what: string): void => void wrong.push(`${given.key} ${given.does}: ${what}`);
      if (outcomes === undefined) {
        counted.hangs++;
        says('hung');
        continue;
      }
      for (const what of wrongIn(outcomes[0], alone, given)) says(what);
      if (outcomes[1].values.join() !== beside.values.join()) says('the neighbour gave other values');
      if (stray.length > 0) says(`${stray.length} stray: ${formatValue(stray[0])}`);
      counted.stray += stray.length;
      if (liveTensors() > before) says(`${liveTensors() - before} tensors leaked`);
      if ((await outcomeOf(run(pipeline))).values.join() !== alone.values.join()) says('the pipeline is not as it was');
    }
    expect(wrong).toEqual([]);
  },
  120_000,
);

it('`onTapError` may throw whatever it likes: the run goes on, and the console says so', async () => {
  const failing = definePlugin({
    role: Roles.observer,
    name: 'failing',
    config: z.strictObject({}),
    create: () => ({
      next: () => {
        throw new Error('broken on purpose');
      },
    }),
  });
  const alone = await outcomeOf(samples(neighbour));
  const warned = vi.mocked(console.warn);
  const values: readonly unknown[] = [new Error('tired'), undefined, Symbol('x'), Object.create(null), revoked()];
  const throwing = values.map((value): OnTapError => () => {
    throw value;
  });
  const rejecting = values.map(
    (value): OnTapError =>
      () =>
        Promise.resolve().then(() => {
          throw value;
        }) as unknown as undefined,
  );
  const late: OnTapError = () => new Promise(() => undefined) as unknown as undefined;
  stray.length = 0;
  for (const onTapError of [...throwing, ...rejecting, late]) {
    warned.mockClear();
    await using watched = await tinyPipeline({ observer: ['failing'] }, [...tinyPlugins, failing], onTapError);
    expect(await outcomeOf(samples(watched))).toEqual(alone);
    await macrotask();
    expect(warned).toHaveBeenCalledTimes(onTapError === late ? 0 : 1);
    counted.trials++;
  }
  expect(stray).toEqual([]);
});
