/**
 * An adapter of a network's weights, turned up while the run goes: the network is not compiled anew, and its own weights
 * stay as they are.
 *
 *     npx tsx --conditions=source examples/live-adapter.ts
 */
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { BehaviorSubject, filter, lastValueFrom, map, tap, toArray } from 'rxjs';
import { diffusion, Roles, type Diffusion, type ParameterSet, type SampleStep } from 'rxdiffusion';
import { nodePlugins } from 'rxdiffusion/node';

/** The scale that each step saw, and how far the samples are from those of the network without the adapter. */
export async function liveAdapter(pipeline: Diffusion, steps: number) {
  const request = { steps, count: 8, seed: 1 };
  using plain = await pipeline.sample(request);
  const style = styleOf(pipeline);
  const scale$ = new BehaviorSubject(0);
  const live = { 'adapter:style.scale': scale$ };
  let moved = 0;
  const scales$ = pipeline.sample.events({ ...request, parameters: { 'adapter:style': style }, live }).pipe(
    filter((event): event is SampleStep => event.kind === 'step'),
    tap(({ x }) => (moved = distance(x, plain.x))),
    map((event) => Number(event.live['adapter:style.scale'])),
    tap((scale) => scale$.next(scale + 1 / steps)),
    toArray(),
  );
  const scales = await lastValueFrom(scales$);
  tf.dispose(Object.values(style));
  return { scales, moved };
}

/** Weights as a file of them would give; here drawn, so that they change something. They are yours. */
function styleOf({ assembly }: Diffusion): ParameterSet {
  const { parameters } = assembly.get(Roles.adapter, 'style');
  const drawn = Object.entries(parameters).map(([name, { shape }], seed) => [
    name,
    tf.randomNormal([...shape], 0, 0.3, 'float32', seed),
  ]);
  return Object.fromEntries(drawn) as ParameterSet;
}

function distance(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.norm(tf.sub(a, b)).dataSync()[0] ?? 0);
}

/** A network, and a low-rank adapter of its blocks. */
export function liveAdapterRecipe(engine: string) {
  return {
    format: 1,
    preset: 'flow',
    plugins: {
      engine,
      denoiser: { name: 'mlp', config: { width: 32 } },
      'adapter:style': { name: 'low-rank', config: { rank: 2, targets: ['blocks.*.weight'] } },
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await using pipeline = await diffusion(liveAdapterRecipe('auto'), { plugins: nodePlugins });
  const { scales, moved } = await liveAdapter(pipeline, 10);
  console.log(`scales ${scales.map((scale) => scale.toFixed(1)).join(', ')}: samples moved by ${moved.toFixed(2)}`);
}
