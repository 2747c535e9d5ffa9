/**
 * Many requests of one recipe side by side: `mergeMap` interleaves runs on one pipeline, each with its own seeds.
 *
 * Runs share nothing that changes, so each gives the bytes that it gives alone. On one thread this is fairness, not
 * speed: no request waits for another to end.
 *
 *     npx tsx --conditions=source examples/parallel.ts
 */
import { fileURLToPath } from 'node:url';
import { from, map, mergeMap, type Observable } from 'rxjs';
import { diffusion, results, standardPlugins, type Diffusion } from 'rxdiffusion';

/** Samples of one request. */
export interface Arrived {
  readonly seed: number;
  readonly samples: Float32Array;
}

/** Samples for each seed, as they arrive; at most `concurrent` runs at a time. */
export function inParallel({ sample }: Diffusion, seeds: readonly number[], concurrent: number): Observable<Arrived> {
  return from(seeds).pipe(
    mergeMap(
      (seed, index) =>
        sample.events({ seed, count: 4, steps: 10 + 5 * (seeds.length - index) }).pipe(
          results(),
          map((result) => {
            using owned = result;
            return { seed, samples: owned.images().data };
          }),
        ),
      concurrent,
    ),
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
  await using pipeline = await diffusion(parallelRecipe('tfjs-wasm'), { plugins: standardPlugins });
  await inParallel(pipeline, [1, 2, 3, 4], 4).forEach(({ seed, samples }) =>
    console.log(`seed ${seed} arrived: ${samples.length / 2} points`),
  );
}
