/**
 * Many requests of one recipe on several cores: each device is a worker thread that has assembled the recipe and runs
 * whole requests. Results come in the order asked for, with the bytes that a run in this thread gives.
 *
 *     npx tsx --conditions=source examples/parallel.ts
 */
import { fileURLToPath } from 'node:url';
import { from, map, zipWith, type Observable } from 'rxjs';
import { parallel, type DevicePool } from 'rxdiffusion';
import { workerDevices } from 'rxdiffusion/node';

/** Samples of one request. */
export interface Arrived {
  readonly seed: number;
  readonly samples: Float32Array;
}

/** Four samples for each seed, in the order of the seeds; as many requests run at once as there are devices. */
export function inParallel(devices: DevicePool, seeds: readonly number[]): Observable<Arrived> {
  return from(seeds).pipe(
    map((seed) => ({ seed, count: 4, steps: 20 })),
    parallel(devices),
    zipWith(seeds),
    map(([{ images }, seed]) => ({ seed, samples: images.data })),
  );
}

/** Points in the plane. */
export function parallelRecipe(engine: string) {
  return {
    format: 1,
    preset: 'ddpm',
    plugins: { engine, sampler: 'ddim', denoiser: { name: 'mlp', config: { width: 32 } } },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await using devices = await workerDevices(parallelRecipe('tfjs-wasm'), { count: 2 });
  await inParallel(devices, [1, 2, 3, 4]).forEach(({ seed, samples }) =>
    console.log(`seed ${seed}: ${samples.length / 2} points`),
  );
}
