import { z } from 'zod';
import { defer, from, identity, switchMap, type Observable } from 'rxjs';
import type { Store } from '../core/contracts/store.js';
import { blame } from '../core/errors/blame.js';
import { DiffusionError } from '../core/errors/diffusion-error.js';
import { runIdOf } from '../core/loop/run-id.js';
import type { TrainEvent } from '../core/loop/train-events.js';
import type { Assembly } from '../core/plugins/assembly.js';
import { identityOf } from '../core/plugins/plugin-identity.js';
import { Roles } from '../core/plugins/roles.js';
import { readSettings } from '../core/plugins/settings.js';
import { checkpointOf, fitDataOf } from '../core/storage/checkpoint-weights.js';
import type { Checkpoint } from '../core/storage/checkpoint.js';
import { loadNewest, saveCheckpoint } from '../core/storage/checkpoints.js';
import { observeBy, type OnTapError } from './observe.js';
import { readRequest } from './read-request.js';
import { lastOf, type DoorOptions } from './promise-door.js';
import { trainSettings, type TrainSettings } from './settings.js';
import { batches } from './training/batches.js';
import { checkpoint } from './training/checkpoint.js';
import { corrupt } from './training/corrupt.js';
import { evaluate, type EvaluateOptions } from './training/evaluate.js';
import { fit } from './training/fit.js';
import { trainRequestFields } from './training/train-request.js';
import { trained, type TrainResult } from './training/trained.js';
import { trainEvents } from './training/train-events.js';
import type { TrainingMoment } from './training/training.js';
import { trainingParts } from './training-parts.js';
import { untilDisposed } from './until-disposed.js';

/** A training run; what is missing comes from the recipe's `train` settings. */
export interface TrainAsk extends Partial<TrainSettings> {
  /** What events, checkpoints and logs call this run; where absent the run that it goes on with, else a random identity. */
  readonly run?: string;
  /** Goes on from this checkpoint; `true` from the newest of the store, or from the start where it has none. */
  readonly resume?: boolean | Checkpoint;
  /** Its first value ends the run well: with its last checkpoint and the weights as they are then. */
  readonly stop$?: Observable<unknown>;
  /** Measures the weights between updates. */
  readonly evaluate?: EvaluateOptions;
}

const trainRequest = z
  .strictObject(trainRequestFields satisfies { readonly [K in keyof Required<TrainAsk>]: z.ZodType })
  .partial();

/** The two doors to training. */
export interface TrainDoor {
  /** Trains, and gives the owned weights: dispose of them, or say `using`. */
  (ask?: TrainAsk, options?: DoorOptions): Promise<TrainResult>;
  /** The run as a cold observable of numbers: subscribing starts it, unsubscribing cancels it. */
  events(ask?: TrainAsk): Observable<TrainEvent>;
}

/** The training doors of an assembly. */
export function trainDoor(assembly: Assembly, onTapError?: OnTapError): TrainDoor {
  const moments = (asked: TrainAsk = {}): Observable<TrainingMoment> =>
    defer(() => {
      const ask = readRequest(asked, trainRequest, 'the request to train') as TrainAsk;
      const run = runIdOf(ask.run);
      return from(resumed(assembly, ask.resume)).pipe(
        switchMap((start) => trainingRun(assembly, { ...ask, run }, start)),
        untilDisposed(assembly),
        observeBy(({ event }) => event, assembly.all(Roles.observer), onTapError, run),
      );
    });
  return Object.assign(
    (ask?: TrainAsk, options?: DoorOptions) =>
      lastOf(moments(ask).pipe(trained()), (result) => result.dispose(), options),
    { events: (ask?: TrainAsk) => moments(ask).pipe(trainEvents()) },
  );
}

/** One run: batches → noise → updates → measurements → checkpoints. */
function trainingRun(assembly: Assembly, ask: TrainAsk, start: Checkpoint | undefined): Observable<TrainingMoment> {
  const settings = settingsOf(assembly, ask);
  const { steps, batchSize, seed, checkpointEvery } = settings;
  const { dataset, corruption, fitting } = trainingParts(assembly, seed);
  const { denoiser } = fitting;
  const store = assembly.find(Roles.store);
  const resume = start && fitDataOf(start, denoiser);
  return batches(dataset, { seed, size: batchSize, count: steps, from: resume?.step ?? 0 }).pipe(
    corrupt(corruption),
    fit({ ...fitting, steps, batchSize, resume, stop$: ask.stop$, runId: ask.run }),
    ask.evaluate ? evaluate(ask.evaluate) : identity,
    store
      ? checkpoint({
          every: checkpointEvery,
          save: async (data) => {
            const recipe = { ...assembly.recipe, train: { ...settings } };
            try {
              return await saveCheckpoint(store, checkpointOf(data, denoiser, recipe), settings);
            } catch (error) {
              throw blame(error, identityOf(store, 'store'), data.step);
            }
          },
        })
      : identity,
  );
}

function settingsOf(assembly: Assembly, ask: TrainAsk): TrainSettings {
  const known = Object.entries(ask).filter(([key, value]) => key in trainSettings.shape && value !== undefined);
  const train = { ...readSettings(assembly.recipe, 'train', trainSettings), ...Object.fromEntries(known) };
  return readSettings({ train }, 'train', trainSettings);
}

async function resumed(assembly: Assembly, resume: TrainAsk['resume']): Promise<Checkpoint | undefined> {
  if (resume === undefined || resume === false) return undefined;
  if (resume !== true) return resume;
  const newest = await loadNewest(storeOf(assembly));
  for (const warning of newest?.warnings ?? []) console.warn(warning.message);
  return newest?.checkpoint;
}

function storeOf(assembly: Assembly): Store {
  const store = assembly.find(Roles.store);
  if (store) return store;
  throw new DiffusionError('RXD_REQUEST_INVALID', {
    problem: 'there is no store to resume from',
    got: '`resume: true` and a recipe without `store`',
    expected: 'a recipe with a store, or the checkpoint itself',
    fix: 'add "store": { "name": "folder", "config": { "path": "..." } } to the recipe’s plugins',
  });
}
