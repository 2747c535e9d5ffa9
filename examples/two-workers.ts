/**
 * Two workers with half of each batch train the network that one with the whole batch trains.
 *
 * Each worker draws data, noise and levels of its own rows only, and computes their gradients. Between gradients and
 * optimiser they meet: all of them get the same mean, so that their weights stay the same. Here they are two pipelines in
 * one process; gradients are plain data, so that threads and machines can exchange them as well.
 *
 *     npx tsx --conditions=source examples/two-workers.ts
 */
import { fileURLToPath } from 'node:url';
import { averageGradients, diffusion } from 'rxdiffusion';
import type { BatchGradients, Diffusion, TrainResult } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';

interface Course {
  readonly steps: number;
  /** Examples of an update, of all workers together. */
  readonly batchSize: number;
}

/** Trains with a pipeline a worker, which meet in every update, and gives the result of each. */
export function together(pipelines: readonly Diffusion[], course: Course): Promise<readonly TrainResult[]> {
  const meet = meeting(pipelines.length);
  return Promise.all(
    pipelines.map(({ train }, index) =>
      train({ ...course, share: { index, of: pipelines.length }, joinGradients: (own) => meet(index, own) }),
    ),
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
  const made = () => diffusion(twoWorkersRecipe('auto', 64), { plugins: nodePlugins });
  await using one = await made();
  await using other = await made();
  const course = { steps: 50, batchSize: 64 };
  using whole = await one.train(course);
  for (const result of await together([one, other], course)) {
    console.log(`apart from one worker: ${await largestDifference(whole, result)}`);
    result.dispose();
  }
}
