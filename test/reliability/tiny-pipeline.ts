import { lastValueFrom, of, toArray, type Observable } from 'rxjs';
import { uniforms } from '../../src/core/random/draws.js';
import type { SampleEvent } from '../../src/core/loop/sample-events.js';
import type { CatalogueEntry } from '../../src/core/assembly/catalogue.js';
import type { Slots } from '../../src/core/assembly/recipe.js';
import { diffusion, type Diffusion } from '../../src/pipelines/diffusion.js';
import type { OnTapError } from '../../src/pipelines/observe.js';
import { standardPlugins } from '../../src/pipelines/presets/standard-plugins.js';
import { pixels } from '../../src/pipelines/sampling/pixels.js';
import { reverse } from '../../src/pipelines/sampling/reverse.js';
import type { ReverseParts } from '../../src/core/sampling/reverse-parts.js';
import type { SampleRequest } from '../../src/core/sampling/sample-request.js';
import { startingNoise } from '../../src/pipelines/sampling/starting-noise.js';
import type { StartingNoiseParts } from '../../src/core/sampling/start/starting-point.js';
import type { TrainingParts } from '../../src/pipelines/training-parts.js';
import { batches } from '../../src/pipelines/training/batches.js';
import { addNoise } from '../../src/pipelines/training/add-noise.js';
import { fit } from '../../src/pipelines/training/fit.js';
import type { TrainingMoment } from '../../src/pipelines/training/training.js';
import { ownPlugins } from './tiny-plugins.js';

/** Every role filled, as small as can be: each hook of each kind of plugin is called in a run. */
export const tinySlots: Slots = {
  engine: 'tfjs-cpu',
  noise: 'philox',
  schedule: { name: 'linear', config: { trainSteps: 100 } },
  grid: 'trailing',
  parameterization: 'v',
  denoiser: 'line',
  conditioner: { name: 'class-label', config: { classes: 2, dropout: 0.3 } },
  guidance: { name: 'cfg', config: { scale: 2 } },
  sampler: 'euler-ancestral',
  dataset: {
    name: 'gaussian-mixture',
    config: {
      means: [
        [0.5, 0],
        [-0.5, 0],
      ],
      size: 64,
    },
  },
  objective: { name: 'denoising-score-matching', config: { target: 'v' } },
  timestepSampler: 'uniform',
  optimizer: { name: 'adamw', config: { learningRate: 0.01 } },
  average: { name: 'ema', config: { decay: 0.9 } },
  store: 'memory',
  postProcessor: ['brighter'],
  observer: ['quiet'],
};

/** What the tiny recipe may name. */
export const tinyPlugins: readonly CatalogueEntry[] = [...standardPlugins, ...ownPlugins];

/** The tiny pipeline, some slots filled otherwise. */
export function tinyPipeline(
  slots: Slots = {},
  plugins: readonly CatalogueEntry[] = tinyPlugins,
  onTapError?: OnTapError,
  hookTimeout?: number,
): Promise<Diffusion> {
  const settings = { sample: { steps: 4, count: 2, condition: 1 }, train: { steps: 4, batchSize: 4 } };
  const recipe = { format: 1, plugins: { ...tinySlots, ...slots }, ...settings };
  return diffusion(recipe, { plugins, ...(onTapError ? { onTapError } : {}), ...(hookTimeout ? { hookTimeout } : {}) });
}

/** One sampling run of parts, composed by hand. */
export function sampling(parts: ReverseParts & StartingNoiseParts, request: SampleRequest): Observable<SampleEvent> {
  return of(request).pipe(startingNoise(parts), reverse(parts));
}

/** One training run of parts, composed by hand. */
export function training({ dataset, noising, fitting }: TrainingParts, steps: number): Observable<TrainingMoment> {
  const [seed, batchSize] = [5, 4];
  return batches(dataset, { seed, size: batchSize, count: steps }).pipe(
    addNoise(noising),
    fit({ ...fitting, steps, batchSize }),
  );
}

/** Integers from `low` to `high`, both included, that are the same in every run of the tests. */
export function dice(purpose: string): (low: number, high: number) => number {
  let step = 0;
  return (low, high) => {
    const [u = 0] = uniforms({ seed: 2024, purpose, step: step++ }, 1);
    return low + Math.floor(u * (high - low + 1));
  };
}

/** Every number of every event as bits, so that -0 differs from 0 and NaN equals NaN. */
export async function bitsOf(events: Observable<SampleEvent>): Promise<number[][]> {
  const all = await lastValueFrom(events.pipe(pixels('x'), toArray()));
  return all.map(({ images }) => [...new Uint32Array(images.data.slice().buffer)]);
}
