/**
 * Two workers with half of each batch train the network that one with the whole batch trains.
 *
 * Each worker draws data, noise and levels of its own rows only, and computes their gradients. Between gradients and
 * optimiser they meet: all of them get the same mean, so that their weights stay the same. Here they are two streams of
 * one process; gradients are plain data, so that threads and machines can exchange them as well.
 *
 *     npx tsx --conditions=source examples/two-workers.ts
 */
import { fileURLToPath } from 'node:url';
import { forkJoin, last, lastValueFrom, type Observable } from 'rxjs';
import { assemble, averageGradients, batches, catalogue, corrupt, fit, trained, trainingParts } from 'rxdiffusion';
import type { Assembly, BatchGradients, JoinGradients, TrainResult } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';

interface Course {
  readonly updates: number;
  /** Examples of an update, of all workers together. */
  readonly batchSize: number;
}

/** Trains in one stream. */
export function oneWorker(assembly: Assembly, course: Course): Observable<TrainResult> {
  return worker(assembly, course, { first: 0, count: course.batchSize });
}

/** Trains in several streams, which meet in every update, and gives the result of each. */
export function manyWorkers(assembly: Assembly, course: Course, workers: number): Observable<readonly TrainResult[]> {
  const meet = meeting(workers);
  const count = course.batchSize / workers;
  return forkJoin(
    Array.from({ length: workers }, (_, index) =>
      worker(assembly, course, { first: index * count, count }, (own) => meet(index, own)),
    ),
  );
}

function worker(
  assembly: Assembly,
  { updates, batchSize }: Course,
  share: { readonly first: number; readonly count: number },
  joinGradients?: JoinGradients,
): Observable<TrainResult> {
  const seed = 1;
  const { dataset, corruption, fitting } = trainingParts(assembly, seed);
  return batches(dataset, { seed, size: batchSize, count: updates, share }).pipe(
    corrupt(corruption),
    fit({ ...fitting, steps: updates, batchSize: share.count, joinGradients }),
    trained(),
    last(),
  );
}

/** Where workers wait for one another: when the last has come, each gets the mean. */
function meeting(workers: number): (index: number, own: BatchGradients) => Promise<BatchGradients> {
  let come: BatchGradients[] = [];
  let waiting: ((joined: BatchGradients) => void)[] = [];
  return (index, own) =>
    new Promise((resolve) => {
      come[index] = own;
      waiting.push(resolve);
      if (waiting.length < workers) return;
      const joined = averageGradients(come);
      for (const give of waiting) give(joined);
      [come, waiting] = [[], []];
    });
}

/** The largest difference between the weights of two results. */
export async function largestDifference(a: TrainResult, b: TrainResult): Promise<number> {
  let largest = 0;
  for (const [name, tensor] of Object.entries(a.parameters)) {
    const [one, other] = [await tensor.data(), await b.parameters[name]?.data()];
    one.forEach((value, i) => (largest = Math.max(largest, Math.abs(value - (other?.[i] ?? Number.NaN)))));
  }
  return largest;
}

/** The plugins of the run: with an average of the weights, and two micro-batches an update. */
export function twoWorkersRecipe(engine: string, width: number) {
  const denoiser = { name: 'mlp', config: { width } };
  const optimizer = { name: 'adamw', config: { accumulate: 2 } };
  return { format: 1, preset: 'ddpm', plugins: { engine, dataset: 'two-moons', denoiser, optimizer, average: 'ema' } };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await using assembly = await assemble(catalogue(nodePlugins), twoWorkersRecipe('auto', 64));
  const course = { updates: 50, batchSize: 64 };
  const whole = await lastValueFrom(oneWorker(assembly, course));
  const workers = await lastValueFrom(manyWorkers(assembly, course, 2));
  for (const result of workers) console.log(`apart from one worker: ${await largestDifference(whole, result)}`);
  for (const result of [whole, ...workers]) result.dispose();
}
