/**
 * Guidance from an observable: the scale changes while the run goes, from a slider or a schedule of your own.
 *
 * Each step reads the latest value once and its event says which, so that the run can be repeated exactly.
 *
 *     npx tsx --conditions=source examples/live-guidance.ts
 */
import { fileURLToPath } from 'node:url';
import { BehaviorSubject, filter, map, tap, type Observable } from 'rxjs';
import { diffusion, type Diffusion, type SampleStep } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';

/** The scale that each step saw: guidance rises by 1 with every step that has been made. */
export function liveGuidance({ sample }: Diffusion, steps: number): Observable<number> {
  const scale$ = new BehaviorSubject(1);
  return sample.events({ steps, condition: 1, live: { 'guidance.scale': scale$ } }).pipe(
    filter((event): event is SampleStep => event.kind === 'step'),
    map(({ live }) => Number(live['guidance.scale'])),
    tap((scale) => scale$.next(scale + 1)),
  );
}

/** A network that tells two classes apart, and guidance whose scale may be live. */
export function liveGuidanceRecipe(engine: string) {
  return {
    format: 1,
    preset: 'ddpm',
    plugins: {
      engine,
      sampler: 'ddim',
      denoiser: { name: 'mlp', config: { width: 32, classes: 3 } },
      conditioner: { name: 'class-label', config: { classes: 2 } },
      guidance: { name: 'cfg', config: { scale: 1 } },
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await using pipeline = await diffusion(liveGuidanceRecipe('auto'), { plugins: nodePlugins });
  await liveGuidance(pipeline, 10).forEach((scale) => console.log(`a step at guidance scale ${scale}`));
}
