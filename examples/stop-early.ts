/**
 * Stopping early: `takeUntil` ends a run when something else happens: a button, a deadline, a better result elsewhere.
 * Unsubscribing cancels before the next network call and frees all that the run held.
 *
 *     npx tsx --conditions=source examples/stop-early.ts
 */
import { fileURLToPath } from 'node:url';
import { takeUntil, timer, type Observable } from 'rxjs';
import { diffusion, preview, type Diffusion, type PlainSampleEvent } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';

/** Previews of a run, one a step, until `stop$` says something. The last one is the best estimate there is then. */
export function untilStopped(
  { sample }: Diffusion,
  { steps, stop$ }: { readonly steps: number; readonly stop$: Observable<unknown> },
): Observable<PlainSampleEvent> {
  return sample.events({ steps, count: 16 }).pipe(preview({ every: 1 }), takeUntil(stop$));
}

/** Points in the plane on the flow path. */
export function stopEarlyRecipe(engine: string) {
  return { format: 1, preset: 'flow', plugins: { engine, denoiser: { name: 'mlp', config: { width: 32 } } } };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await using pipeline = await diffusion(stopEarlyRecipe('auto'), { plugins: nodePlugins });
  const steps = 100_000;
  let seen = 0;
  await untilStopped(pipeline, { steps, stop$: timer(1000) }).forEach(() => (seen += 1));
  console.log(`a second is over: stopped after ${seen} of ${steps} steps`);
}
