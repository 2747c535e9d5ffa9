import { defer, map, type Observable } from 'rxjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DiffusionError } from '../../src/core/errors/diffusion-error.js';
import { formatValue } from '../../src/core/errors/format-value.js';
import { macrotask } from '../../src/core/loop/macrotask.js';
import { HOOKS } from '../../src/core/assembly/hooks.js';
import type { Diffusion } from '../../src/pipelines/diffusion.js';
import { pixels } from '../../src/pipelines/sampling/pixels.js';
import { times } from '../effort.js';
import { figure } from '../figure.js';
import { liveTensors } from '../leak-guard.js';
import { COMMON_FAULTS, type CommonFault } from './common-faults.js';
import { outcomeOf, type Outcome } from './outcome.js';
import { Switchboard } from './switchboard.js';
import { bayes } from './tiny-classifier.js';
import { tinyPipeline, tinyPlugins } from './tiny-pipeline.js';
import type { Slots } from '../../src/core/assembly/recipe.js';

/** Milliseconds that an asynchronous hook may take; every honest one takes none. */
const HOOK_TIMEOUT = 150;
const plugins = [...tinyPlugins, bayes];

interface Kind {
  readonly slots: Slots;
  readonly run: (of: Diffusion) => Observable<string>;
}

const samples = (of: Diffusion): Observable<string> =>
  of.sample.events({ run: 'sampling', steps: 3, count: 2, seed: 3, condition: [0, 1] }).pipe(
    pixels('x'),
    map((event) => JSON.stringify({ ...event, images: [...event.images.data] })),
  );
const images = (of: Diffusion): Observable<string> =>
  defer(() => of.sample.images({ steps: 3, count: 2, seed: 3 })).pipe(map((batch) => JSON.stringify(batch)));
const updates = (of: Diffusion): Observable<string> =>
  of.train
    .events({ steps: 3, batchSize: 4, checkpointEvery: 1, keep: 1 })
    .pipe(map((event) => JSON.stringify({ ...event, run: undefined, name: undefined })));
/** After the first run there is nothing left to do. */
const goingOn = (of: Diffusion): Observable<string> =>
  of.train.events({ steps: 3, batchSize: 4, resume: true }).pipe(map(({ kind, step }) => `${kind} ${step}`));

/** Runs that together call every hook of every role. */
const KINDS: Readonly<Record<string, Kind>> = {
  sampling: { slots: {}, run: samples },
  images: { slots: {}, run: images },
  training: { slots: {}, run: updates },
  'training that goes on': { slots: { store: 'locking' }, run: goingOn },
  'sampling by a sampler that chooses its step size': { slots: { sampler: 'dpm-adaptive' }, run: samples },
  'sampling by a sampler that chooses its levels': { slots: { sampler: 'dpm-fast' }, run: samples },
  'sampling that a classifier guides': {
    slots: { classifier: 'bayes', guidance: { name: 'classifier', config: { scale: 1.5 } }, sampler: 'ddim' },
    run: samples,
  },
};

const board = new Switchboard();
const stray: unknown[] = [];
const note = (error: unknown): void => void stray.push(error);
let neighbour: Diffusion;
let beside: Outcome;
const counted = { trials: 0, stray: 0, hangs: 0, untyped: 0, hooks: new Set<string>() };

beforeAll(async () => {
  neighbour = await tinyPipeline({});
  beside = await outcomeOf(samples(neighbour));
  process.on('unhandledRejection', note).on('uncaughtException', note);
});
afterAll(async () => {
  process.off('unhandledRejection', note).off('uncaughtException', note);
  await neighbour.dispose();
  const { trials, hangs, untyped, hooks } = counted;
  figure('R10', `${trials} trials at ${hooks.size} hooks, ${counted.stray} stray, ${hangs} hangs, ${untyped} untyped`);
});

const hung = (): Promise<undefined> => new Promise((resolve) => setTimeout(resolve, 5000, undefined));

/** Whether a hook may give a promise. */
function isAsync(hook: string): boolean {
  const [role = '', name = ''] = hook.split('.');
  const entry = HOOKS[role]?.[name];
  return entry !== undefined && 'async' in entry;
}

/** Calls that are not the run's: of the plugins among themselves, or of their end. */
const isHook = (hook: string): boolean => {
  const [role = '', name = ''] = hook.split('.');
  return HOOKS[role]?.[name] !== undefined || /^engine\.(run|compile)$/.test(hook);
};

/** What is wrong with the outcome of a run whose hook was broken; nothing where all is as it should be. */
function wrongIn(outcome: Outcome, alone: Outcome, fault: CommonFault, hook: string): string[] {
  const [error] = outcome.errors;
  if (outcome.errors.length + outcome.completions !== 1) return [`ended ${outcome.errors.length} times`];
  if (error === undefined) {
    // `next` says so at the end of the run.
    if (hook === 'sampler.stepSize.next' && fault.does === 'returns undefined') return [];
    if (fault.code !== undefined) return ['the run saw nothing of it'];
    return outcome.values.join() === alone.values.join() ? [] : ['the run gave other values'];
  }
  if (!(error instanceof DiffusionError)) {
    counted.untyped++;
    return [`untyped: ${formatValue(error)}`];
  }
  const shown = outcome.values.slice(0, -1);
  const [role] = hook.split('.');
  return [
    ...((fault.code ?? /^RXD_/).test(error.code) ? [] : [`code ${error.code}: ${error.message}`]),
    ...(error.plugin === undefined || (fault.code !== undefined && !error.plugin.startsWith(`${role}/`))
      ? [`plugin ${error.plugin}: ${error.message}`]
      : []),
    ...(outcome.values.length > 0 && error.step === undefined && role !== 'engine'
      ? [`no step: ${error.message}`]
      : []),
    ...(shown.join() === alone.values.slice(0, shown.length).join() ? [] : ['it gave other values before the error']),
  ];
}

it.each(Object.entries(KINDS))(
  '%s fails once, typed, whatever a hook does',
  async (_, { slots, run }) => {
    let pipeline = await tinyPipeline(slots, board.connect(plugins), undefined, HOOK_TIMEOUT);
    const first = board.listen();
    await outcomeOf(run(pipeline));
    expect(first.size).toBeGreaterThan(0);
    const calls = board.listen();
    const alone = await outcomeOf(run(pipeline));
    expect(alone).toMatchObject({ errors: [], completions: 1 });
    const heard = [...calls].filter(([hook]) => isHook(hook));
    board.listen();
    const trials = heard.flatMap(([hook, count]) =>
      COMMON_FAULTS.filter(({ only }) => only === undefined || (only === 'async') === isAsync(hook)).map(
        (fault) => [hook, Math.floor(count / 2), fault] as const,
      ),
    );
    const every = times(7, 1);
    const wrong: string[] = [];
    for (const [hook, at, fault] of trials.filter((_, index) => index % every === 0)) {
      await macrotask();
      const before = liveTensors();
      stray.length = 0;
      board.break(hook, at, fault.act);
      const both = Promise.all([outcomeOf(run(pipeline)), outcomeOf(samples(neighbour))]);
      const outcomes = await Promise.race([both, hung()]);
      const fired = board.mend();
      await macrotask();
      counted.trials++;
      counted.hooks.add(hook);
      const says = (what: string): void => void wrong.push(`${hook} (call ${at}) ${fault.does}: ${what}`);
      if (outcomes === undefined) {
        counted.hangs++;
        says('hung');
        continue;
      }
      if (!fired) says('was not called');
      for (const what of wrongIn(outcomes[0], alone, fault, hook)) says(what);
      if (outcomes[1].values.join() !== beside.values.join()) says('the neighbour gave other values');
      if (stray.length > 0) says(`${stray.length} stray: ${formatValue(stray[0])}`);
      counted.stray += stray.length;
      if (liveTensors() > before) says(`${liveTensors() - before} tensors leaked`);
      const after = await outcomeOf(run(pipeline));
      if (after.values.join() === alone.values.join()) continue;
      // A plugin that disposes of the pipeline's own weights leaves none for the next run.
      if (!/^(denoiser.predict|optimizer.init)$/.test(hook) || !fault.does.startsWith('disposes'))
        says(`the pipeline is not as it was: ${formatValue(after.errors[0])}`);
      await pipeline.dispose();
      pipeline = await tinyPipeline(slots, board.connect(plugins), undefined, HOOK_TIMEOUT);
      await outcomeOf(run(pipeline));
    }
    await pipeline.dispose();
    expect(wrong).toEqual([]);
  },
  600_000,
);
