/**
 * Training, composed by hand from the operators that `pipeline.train` is made of.
 *
 * A training run is a stream: tickets for batches, noised, fitted, measured, saved. What the front door does not do, you
 * do by putting an operator of your own between two of these. This one measures samples of the weights as they are now,
 * and goes on from the newest checkpoint of the store. (Without the measuring it is what `pipeline.train` does: the
 * losses are the same numbers.)
 *
 *     npx tsx --conditions=source examples/train-by-hand.ts
 */
import { fileURLToPath } from 'node:url';
import { defer, firstValueFrom, lastValueFrom, map, of, switchMap, tap, type Observable } from 'rxjs';
import {
  batches,
  checkpoint,
  checkpointOf,
  corrupt,
  diffusion,
  evaluate,
  fit,
  fitDataOf,
  loadNewest,
  results,
  reverse,
  Roles,
  samplingParts,
  saveCheckpoint,
  standardPlugins,
  startingNoise,
  trainEvents,
  trainingParts,
  type Assembly,
  type ParameterSet,
  type Recipe,
  type TrainEvent,
} from 'rxdiffusion';

/** How to train. */
export interface HandSettings {
  /** Optimiser updates. */
  readonly steps: number;
  readonly batchSize: number;
  readonly seed: number;
  /** Updates between measurements, and between checkpoints. */
  readonly every: number;
}

/** Batches → noise → updates → measurements → checkpoints. */
export function trainByHand(assembly: Assembly, { every, ...train }: HandSettings): Observable<TrainEvent> {
  const { steps, batchSize, seed } = train;
  const { dataset, corruption, fitting } = trainingParts(assembly, seed);
  const store = assembly.get(Roles.store);
  const recipe = { ...assembly.recipe, train };
  return defer(() => loadNewest(store)).pipe(
    switchMap((newest) => {
      const resume = newest && fitDataOf(newest.checkpoint, fitting.denoiser);
      return batches(dataset, { seed, size: batchSize, count: steps, from: resume?.step ?? 0 }).pipe(
        corrupt(corruption),
        fit({ ...fitting, steps, batchSize, resume }),
        evaluate({ every, measure: async (weights) => ({ offCentre: await offCentre(assembly, weights) }) }),
        checkpoint({
          every,
          save: (data) => saveCheckpoint(store, checkpointOf(data, fitting.denoiser, recipe), { keep: 2 }),
        }),
      );
    }),
    trainEvents(),
  );
}

/** Mean distance of samples to the nearest of the eight centres: 0.15 in the data. */
function offCentre(assembly: Assembly, parameters: ParameterSet): Promise<number> {
  const parts = samplingParts(assembly);
  return firstValueFrom(
    of({ steps: 10, count: 64, seed: 3, parameters }).pipe(
      startingNoise(parts),
      reverse(parts),
      results(),
      map((result) => {
        using samples = result;
        const { data } = samples.images();
        const distances = Array.from({ length: data.length / 2 }, (_, i) => toCentre(data[2 * i]!, data[2 * i + 1]!));
        return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
      }),
    ),
  );
}

/** Distance to the nearest of eight points on the circle of radius 1.2, one of them at angle 0. */
function toCentre(x: number, y: number): number {
  const angle = (Math.round((Math.atan2(y, x) * 4) / Math.PI) * Math.PI) / 4;
  return Math.hypot(x - 1.2 * Math.cos(angle), y - 1.2 * Math.sin(angle));
}

/** Eight Gaussians on a circle, checkpoints in memory. */
export function ringRecipe(engine: string, width: number): Recipe {
  return {
    format: 1,
    preset: 'flow',
    plugins: {
      engine,
      dataset: 'gaussian-mixture',
      denoiser: { name: 'mlp', config: { width } },
      optimizer: { name: 'adamw', config: { learningRate: 3e-3, warmUp: 20 } },
      average: { name: 'ema', config: { decay: 0.99 } },
      store: 'memory',
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await using pipeline = await diffusion(ringRecipe('tfjs-wasm', 64), { plugins: standardPlugins });
  const settings = { steps: 1500, batchSize: 256, seed: 1, every: 250 };
  const told = tap((event: TrainEvent) => {
    if (event.kind === 'evaluation')
      console.log(`update ${event.step}: samples lie ${event.metrics['offCentre']?.toFixed(3)} off centre`);
    if (event.kind === 'checkpoint') console.log(`update ${event.step}: wrote ${event.name}`);
  });
  await lastValueFrom(trainByHand(pipeline.assembly, settings).pipe(told));
}
