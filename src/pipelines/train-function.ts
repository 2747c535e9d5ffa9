import { z } from 'zod';
import { defer, finalize, from, identity, Observable, switchMap } from 'rxjs';
import type { ParametersBySlot, ParameterSet } from '../core/contracts/denoiser.js';
import type { Store } from '../core/contracts/store.js';
import { blame } from '../core/errors/blame.js';
import { runIdOf } from '../core/loop/run-id.js';
import type { TrainEvent } from '../core/loop/train-events.js';
import type { Assembly } from '../core/assembly/assembly.js';
import { identityOf } from '../core/assembly/plugin-identity.js';
import type { Recipe } from '../core/assembly/recipe.js';
import { adaptersOf } from '../core/assembly/networks.js';
import { Roles } from '../core/assembly/roles.js';
import { readSettings } from '../core/assembly/settings.js';
import { readableFitOf, writtenCheckpoint } from '../core/storage/checkpoint-weights.js';
import type { Checkpoint } from '../core/storage/checkpoint.js';
import { RunCheckpoints } from '../core/storage/checkpoints.js';
import { bySlot } from '../core/sampling/network/by-slot.js';
import { observeBy, type OnTapError } from './observe.js';
import { askedRun, readRequest } from '../core/requests/read-request.js';
import { lastOf, type RunOptions } from './promise-function.js';
import type { JoinGradients } from '../core/training/batch-gradients.js';
import { trainedParameters } from '../core/training/trained-slots.js';
import { trainSettings, type TrainSettings } from '../core/requests/settings.js';
import { batches } from './training/batches.js';
import { checkpoint } from './training/checkpoint.js';
import { addNoise } from './training/add-noise.js';
import { encodeData } from './training/encode-data.js';
import { evaluate, type EvaluateOptions } from './training/evaluate.js';
import { fit } from './training/fit.js';
import { locked } from './training/locked.js';
import { begin, type Begun, type ResumeFrom } from './training/resume.js';
import { trainRequestFields } from './training/train-request.js';
import { trained, type MadeBy, type TrainResult } from './training/trained.js';
import { trainEvents } from './training/train-events.js';
import type { TrainingMoment } from './training/training.js';
import { cachedLatents } from './training/training-memory.js';
import { runWeights, type RunWeights } from './training/given-weights.js';
import { rowsOf, type WorkerShare } from './training/worker-share.js';
import { trainingParts } from './training-parts.js';
import { untilDisposed } from './until-disposed.js';

/** A training run; what is missing comes from the recipe's `train` settings. */
export interface TrainOptions extends Partial<TrainSettings> {
  /** What events, checkpoints and logs call this run; where absent the run that it goes on with, else a random identity. */
  readonly run?: string;
  /**
   * Goes on from this checkpoint; `true` from the newest of the store, or from the start where it has none. A store with
   * checkpoints of several runs needs to be told which: `{ run: '…' }`. What the run had otherwise is refused, but for what
   * `{ allow: ['optimizer', …] }` names. See `docs/checkpoints.md`.
   */
  readonly resume?: boolean | Checkpoint | ResumeFrom;
  /**
   * Weights to begin with instead of the plugins' own: those of the denoiser, or of several slots (`denoiser`, `conditioner`,
   * `codec`, `adapter:style`). Those of a codec, or of a frozen conditioner, stay as they are, and lie in checkpoints and in the
   * result too; where adapters learn, theirs alone do.
   * Borrowed, never disposed. A run that goes on has the weights of its checkpoint.
   */
  readonly parameters?: ParameterSet | ParametersBySlot;
  /** Its first value ends the run well: with its last checkpoint and the weights as they are then. */
  readonly stop$?: Observable<unknown>;
  /**
   * The rows of each batch that this worker takes, where others take the others: `{ index: 0, of: 2 }` is the first half.
   * `batchSize` is that of all together. See `docs/several-workers.md`.
   */
  readonly share?: WorkerShare;
  /** Joins the gradients of each update with those of other workers, as plain data. */
  readonly joinGradients?: JoinGradients;
  /** Measures the weights between updates. */
  readonly evaluate?: EvaluateOptions;
}

const trainRequest = z
  .strictObject(trainRequestFields satisfies { readonly [K in keyof Required<TrainOptions>]: z.ZodType })
  .partial();

/** Two ways to train: a promise of the result, and a stream of events. */
export interface TrainFunction {
  /** Trains, and gives the owned weights: dispose of them, or say `using`. */
  (ask?: TrainOptions, options?: RunOptions): Promise<TrainResult>;
  /** The run as a cold observable of numbers: subscribing starts it, unsubscribing cancels it. */
  events(ask?: TrainOptions): Observable<TrainEvent>;
}

/** The function that trains with an assembly's plugins. */
export function trainFunction(assembly: Assembly, onTapError?: OnTapError, hookTimeout?: number): TrainFunction {
  const moments = (asked: TrainOptions = {}): Observable<TrainingMoment> =>
    defer(() => {
      const run = runIdOf(askedRun(asked, 'the request to train'));
      const read = (): TrainOptions => readRequest(asked, trainRequest, 'the request to train') as TrainOptions;
      return defer(() => trainingRun(assembly, read(), { fresh: run, hookTimeout })).pipe(
        untilDisposed(assembly),
        observeBy(({ event }) => event, assembly.all(Roles.observer), onTapError, run),
      );
    });
  return Object.assign(
    (ask?: TrainOptions, options?: RunOptions) =>
      lastOf(
        defer(() => moments(ask).pipe(trained(madeBy(assembly)))),
        (result) => result.dispose(),
        options,
      ),
    { events: (ask?: TrainOptions) => moments(ask).pipe(trainEvents()) },
  );
}

function madeBy(assembly: Assembly): MadeBy {
  const conditioner = assembly.find(Roles.conditioner);
  const codec = assembly.find(Roles.codec);
  const adapters = adaptersOf(assembly);
  return { recipe: assembly.recipe, denoiser: assembly.get(Roles.denoiser), conditioner, codec, adapters };
}

/** One run, from where it begins, with the store to itself. */
function trainingRun(
  assembly: Assembly,
  ask: TrainOptions,
  { fresh, hookTimeout }: { readonly fresh: string; readonly hookTimeout: number | undefined },
): Observable<TrainingMoment> {
  const settings = settingsOf(assembly, ask);
  const store = assembly.find(Roles.store);
  const recipe = { ...assembly.recipe, train: { ...settings } };
  const weights = Object.values(trainedParameters(madeBy(assembly)));
  const parameters = weights.reduce((sum, { size }) => sum + size, 0);
  let writing: Promise<unknown> = Promise.resolve();
  const written = (work: Promise<unknown>): void => void (writing = work);
  const { run, resume } = ask;
  const begun$ = (): Observable<Begun> =>
    defer(() => from(begin(store, { run, fresh, resume, recipe, steps: settings.steps, parameters })));
  const updates = (begun: Begun): Observable<TrainingMoment> =>
    withWeights(assembly, bySlot(ask.parameters), begun, (weights) =>
      updatesOf(assembly, { ask, settings, begun, weights, recipe, store, hookTimeout, written }),
    ).pipe(finalize(() => void begun.start?.close?.()));
  return locked(
    store,
    () => begun$().pipe(switchMap(updates)),
    () => Promise.allSettled([writing]),
  );
}

/** A run with its weights, which are freed when it is over. */
function withWeights(
  assembly: Assembly,
  given: ParametersBySlot,
  { start }: Begun,
  run: (weights: RunWeights) => Observable<TrainingMoment>,
): Observable<TrainingMoment> {
  return new Observable((subscriber) => {
    const made = runWeights(assembly, given, start);
    subscriber.add(
      () =>
        void made.then(
          (weights) => weights.dispose(),
          () => undefined,
        ),
    );
    from(made).pipe(switchMap(run)).subscribe(subscriber);
  });
}

interface Updating {
  readonly ask: TrainOptions;
  readonly settings: TrainSettings;
  readonly begun: Begun;
  readonly weights: RunWeights;
  readonly recipe: Recipe;
  readonly store: Store | undefined;
  readonly hookTimeout: number | undefined;
  /** Told of each checkpoint that is being written. */
  readonly written: (work: Promise<unknown>) => void;
}

/** Batches → noise → updates → measurements → checkpoints. */
function updatesOf(assembly: Assembly, updating: Updating): Observable<TrainingMoment> {
  const { ask, settings, begun, weights, recipe, store, written } = updating;
  const { steps, batchSize, seed, tiling, latentCache, checkpointEvery, keep } = settings;
  const { dataset, coding, noising, fitting } = trainingParts(assembly, seed);
  const { initial, kept } = weights;
  const parts = { ...fitting, codec: coding?.codec };
  const { run, start } = begun;
  const share = ask.share && rowsOf(ask.share, batchSize);
  const resume = start && readableFitOf(start, parts);
  const own = store && new RunCheckpoints(store, run, start !== undefined && start.run === undefined);
  const cached = coding ? cachedLatents(coding.codec, dataset, latentCache) : 0;
  const fitted = { cached, steps, batchSize: share?.count ?? batchSize, resume, stop$: ask.stop$, runId: run };
  return batches(dataset, { seed, size: batchSize, share, count: steps, from: resume?.step ?? 0 }).pipe(
    coding
      ? encodeData({ ...coding, tiling, parameters: kept['codec'] ?? initial['codec'] }, { cache: latentCache })
      : identity,
    addNoise(noising),
    fit({ ...fitting, ...fitted, initial, kept, joinGradients: ask.joinGradients }),
    ask.evaluate ? evaluate(ask.evaluate, updating.hookTimeout) : identity,
    own
      ? checkpoint({
          every: checkpointEvery,
          save: (data) => {
            const work = own.save(writtenCheckpoint(data, parts, { run, recipe }), keep);
            written(work);
            return work.catch((error: unknown) => {
              throw blame(error, identityOf(store, 'store'), data.step);
            });
          },
        })
      : identity,
  );
}

function settingsOf(assembly: Assembly, ask: TrainOptions): TrainSettings {
  const known = Object.entries(ask).filter(([key, value]) => key in trainSettings.shape && value !== undefined);
  const train = { ...readSettings(assembly.recipe, 'train', trainSettings), ...Object.fromEntries(known) };
  return readSettings({ train }, 'train', trainSettings);
}
