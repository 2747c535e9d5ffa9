import { defer, from, lastValueFrom, map, toArray, type Observable } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { macrotask } from '../../src/core/loop/macrotask.js';
import { trainSettings } from '../../src/core/requests/settings.js';
import type { Diffusion } from '../../src/pipelines/diffusion.js';
import { pixels } from '../../src/pipelines/sampling/pixels.js';
import { figure } from '../figure.js';
import { liveTensors } from '../leak-guard.js';
import { trialsOf, untold, type Fault, type Hook, type Trial } from './faults.js';
import { IMAGE_HOOKS, SAMPLING_HOOKS } from './sampling-hooks.js';
import { outcomeOf } from './outcome.js';
import type { Act } from './sabotage.js';
import { Switchboard } from './switchboard.js';
import { tinyPipeline, tinyPlugins, tinySlots } from './tiny-pipeline.js';
import { TRAINING_HOOKS } from './training-hooks.js';

const steps = 4;
const board = new Switchboard();
/** Trials that ended as they must: one typed error, or no difference; the other runs alike. */
const counts = { trials: 0, hooks: 0 };
const stray: unknown[] = [];
const note = (error: unknown): void => void stray.push(error);
let pipeline: Diffusion;
let neighbour: Diffusion;

beforeAll(async () => {
  pipeline = await tinyPipeline({}, board.connect(tinyPlugins));
  neighbour = await tinyPipeline({});
  process.on('unhandledRejection', note).on('uncaughtException', note);
});
afterAll(async () => {
  process.off('unhandledRejection', note).off('uncaughtException', note);
  await Promise.all([pipeline.dispose(), neighbour.dispose()]);
  figure(
    'R10',
    `${counts.trials} faults at ${counts.hooks} hooks: each typed and named or harmless, 0 stray, 0 hangs, 0 leaks`,
  );
});

/** A run as plain data: every number that it emits. */
const kinds: Readonly<Record<string, (of: Diffusion) => Observable<string>>> = {
  sampling: (of) =>
    of.sample.events({ run: 'sampling', steps, count: 2, seed: 3, condition: [0, 1] }).pipe(
      pixels('x'),
      map((event) => JSON.stringify({ ...event, images: [...event.images.data] })),
    ),
  images: (of) =>
    defer(() => from(of.sample.images({ steps, count: 2, seed: 3 }))).pipe(
      map((batch) => (batch.kind === 'files' ? '' : [...batch.data].join())),
    ),
  training: (of) =>
    of.train
      .events({ ...trainSettings.parse({}), steps, batchSize: 4, checkpointEvery: 2 })
      .pipe(map((event) => JSON.stringify({ ...event, run: undefined, name: undefined }))),
};

const nameOf = (role: string): string => {
  const slot = tinySlots[role];
  const use: unknown = Array.isArray(slot) ? slot[0] : slot;
  return `${role}/${typeof use === 'string' ? use : (use as { name: string }).name}`;
};

/** What the error says of the plugin at fault; everything but its text. */
function expectBlame(error: unknown, hook: Hook, fault: Fault, { blamed, ...trial }: Trial): void {
  const { plugin, step, code } = error instanceof DiffusionError ? error : ({} as Partial<DiffusionError>);
  const [role = ''] = hook.name.split('.');
  expect(error).toBeInstanceOf(DiffusionError);
  expect({ plugin, step, error: String(error) }).toMatchObject({
    plugin: nameOf(blamed ?? role),
    step: 'step' in trial ? trial.step : hook.step,
  });
  expect(code).toMatch(/throws|rejects/.test(fault) ? /^RXD_PLUGIN_FAILED$/ : /^RXD_(PLUGIN_|COMBINATION)/);
}

const tables = [
  ['sampling', SAMPLING_HOOKS],
  ['images', IMAGE_HOOKS],
  ['training', TRAINING_HOOKS],
] as const;

describe.each(tables)('%s', (kind, hooks) => {
  const run = kinds[kind]!;
  let alone: readonly string[];
  beforeAll(async () => {
    alone = await lastValueFrom(run(neighbour).pipe(toArray()));
  });

  it('gives the same numbers in both pipelines while nothing is broken', async () => {
    expect(await lastValueFrom(run(pipeline).pipe(toArray()))).toEqual(alone);
    expect(alone.length).toBeGreaterThan(0);
  });

  const trials = hooks.flatMap((hook) => trialsOf(hook).map(([fault, trial]) => [hook, fault, trial] as const));
  const titled = trials.map(([hook, fault, trial]) => [`${hook.name} (call ${hook.at})`, fault, hook, trial] as const);

  it.each(titled)('%s %s', async (_, fault, hook, trial) => {
    stray.length = 0;
    const before = liveTensors();
    board.break(hook.name, hook.at, trial.act);
    const [broken, beside] = await Promise.all([outcomeOf(run(pipeline)), outcomeOf(run(neighbour))]);
    const fired = board.mend();
    await macrotask();

    expect(fired).toBe(true);
    expect(stray).toEqual([]);
    expect(beside).toEqual({ values: alone, errors: [], completions: 1 });
    const harmless = trial.outcome === 'harmless';
    const ends = { errors: broken.errors.length, completions: broken.completions };
    expect(ends).toEqual(harmless ? { errors: 0, completions: 1 } : { errors: 1, completions: 0 });
    for (const error of broken.errors) expectBlame(error, hook, fault, trial);
    const clean = broken.values.slice(0, broken.values.length - (trial.blemished ?? 0));
    expect(clean).toEqual(harmless ? alone : alone.slice(0, clean.length));
    expect(liveTensors()).toBe(before);
    // The pipeline is as good as new.
    expect(await outcomeOf(run(pipeline))).toEqual({ values: alone, errors: [], completions: 1 });
    counts.trials++;
  });

  it('tries every fault at every hook, or says why not', () => {
    expect(hooks.map((hook) => [hook.name, untold(hook)]).filter(([, faults]) => faults?.length)).toEqual([]);
    expect(trials.length).toBeGreaterThanOrEqual(hooks.length * 3);
    counts.hooks += hooks.length;
  });
});

it('notices that the last update of a run broke the weights, with no update after it to show it', async () => {
  const before = liveTensors();
  const breaking = TRAINING_HOOKS.find(({ name }) => name === 'optimizer.update')!.faults['returns NaN'] as Act;
  board.break('optimizer.update', steps - 1, breaking);
  const { errors, values } = await outcomeOf(kinds['training']!(pipeline));
  expect(board.mend()).toBe(true);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatchObject({ code: 'RXD_PLUGIN_OUTPUT', plugin: 'optimizer/adamw', step: steps - 1 });
  expect(values.some((value) => value.includes('"end"'))).toBe(false);
  expect(liveTensors()).toBe(before);
});
