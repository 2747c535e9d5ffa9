/**
 * Swapping the sampler mid-run: a few careful steps of Heun's method through the noise, then DDIM to the end.
 *
 * What `swap$` emits takes effect at the next step exactly; guidance, network and weights can be swapped the same way.
 *
 *     npx tsx --conditions=source examples/hot-swap.ts
 */
import { fileURLToPath } from 'node:url';
import { filter, map, Subject, tap, type Observable } from 'rxjs';
import { diffusion, Roles, type Diffusion, type SampleStep, type Swap } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';

/** Network calls after each step: two a step until `at` steps are made, then one. */
export async function hotSwap({ assembly, sample }: Diffusion, steps: number, at: number): Promise<Observable<number>> {
  const swap$ = new Subject<Swap>();
  const { plugin: sampler } = await assembly.make(Roles.sampler, 'ddim');
  return sample.events({ steps, count: 4, swap$ }).pipe(
    filter((event): event is SampleStep => event.kind === 'step'),
    tap(({ index }) => index + 1 === at && swap$.next({ sampler })),
    map(({ nfe }) => nfe),
  );
}

/** Points in the plane, solved by Heun's method until it is swapped. */
export function hotSwapRecipe(engine: string) {
  return {
    format: 1,
    preset: 'ddpm',
    plugins: { engine, sampler: 'heun', denoiser: { name: 'mlp', config: { width: 32 } } },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await using pipeline = await diffusion(hotSwapRecipe('auto'), { plugins: nodePlugins });
  const calls$ = await hotSwap(pipeline, 8, 3);
  await calls$.forEach((calls) => console.log(`network calls so far: ${calls}`));
}
