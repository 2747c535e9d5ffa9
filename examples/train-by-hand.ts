/**
 * A training run composed of operators, without `train`: batches → noise → updates → checkpoints → numbers.
 *
 * Each line of the pipe can be left out, doubled or replaced by an operator of your own; two objectives in one run or a
 * curriculum of noise levels are changes of a line.
 *
 *     npx tsx --conditions=source examples/train-by-hand.ts
 */
import { fileURLToPath } from 'node:url';
import { defer, filter, map, type Observable } from 'rxjs';
import { assemble, batches, catalogue, checkpoint, addNoise, fit, trainEvents, trainingParts } from 'rxdiffusion';
import type { Assembly, FitData, TrainEvent } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';

/** Trains the network of an assembly, keeping the state of every `every`-th update. */
export function trainByHand(
  assembly: Assembly,
  { steps, every, keep }: { readonly steps: number; readonly every: number; readonly keep: (data: FitData) => void },
): Observable<TrainEvent> {
  return defer(() => {
    const [seed, batchSize] = [1, 64];
    const { dataset, noising, fitting } = trainingParts(assembly, seed);
    const save = (data: FitData): Promise<string> => {
      keep(data);
      return Promise.resolve(`update ${data.step}`);
    };
    return batches(dataset, { seed, size: batchSize, count: steps }).pipe(
      addNoise(noising),
      fit({ ...fitting, steps, batchSize }),
      checkpoint({ every, save }),
      trainEvents(),
    );
  });
}

/** The plugins of the run. */
export function trainByHandRecipe(engine: string, width: number) {
  const denoiser = { name: 'mlp', config: { width } };
  return { format: 1, preset: 'ddpm', plugins: { engine, dataset: 'two-moons', denoiser } };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await using assembly = await assemble(catalogue(nodePlugins), trainByHandRecipe('auto', 64));
  const run$ = trainByHand(assembly, {
    steps: 400,
    every: 200,
    keep: ({ step }) => console.log(`kept update ${step}`),
  });
  const lines$ = run$.pipe(
    filter((event) => event.kind === 'step' && event.step % 50 === 0),
    map((event) => `update ${event.step}: loss ${'loss' in event ? event.loss.toFixed(4) : ''}`),
  );
  await lines$.forEach((line) => console.log(line));
}
