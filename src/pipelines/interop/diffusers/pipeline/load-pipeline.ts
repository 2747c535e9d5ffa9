import { Observable } from 'rxjs';
import type { Slots } from '../../../../core/assembly/recipe.js';
import type { LoadProgress } from '../../../../core/storage/loading.js';
import type { ReadFile } from '../../../../core/storage/model-folder.js';
import type { WeightsPlace } from '../../../../core/storage/weights.js';
import { messageOf } from '../../../../core/errors/format-value.js';
import { diffusion, type Diffusion, type DiffusionOptions } from '../../../diffusion.js';
import { readPipeline, type ReadPipelineOptions } from './read-pipeline.js';

/** What is told while the folder of a pipeline is loaded. */
export type LoadEvent =
  /** Bytes were read. */
  | (LoadProgress & { readonly kind: 'bytes' })
  /** The pipeline is there, with all of its weights. */
  | { readonly kind: 'pipeline'; readonly pipeline: Diffusion };

/** How a folder becomes a pipeline. */
export interface LoadPipelineOptions
  extends Omit<ReadPipelineOptions, 'onProgress' | 'signal'>, Omit<DiffusionOptions, 'weights'> {
  /** Slots over those that the folder says: `{ engine: 'onnxruntime-web', sampler: 'dpmpp-2m' }`. */
  readonly use?: Slots;
}

/**
 * Loads a whole pipeline, of a folder or of one file, as a stream: bytes, then the pipeline, which lives as long as the subscription.
 * To unsubscribe is to cancel the loading, or to dispose of the pipeline. Cold: each subscriber has a pipeline of its own.
 *
 * @param from - as `readPipeline` takes it
 * @returns never completes; errors as `readPipeline` and `diffusion` do
 *
 * @example
 * const pictures$ = loadPipeline(readUrl(base), { plugins: standardPlugins, steps: 20 }).pipe(
 *   switchMap((event) => (event.kind === 'bytes' ? of(event) : event.pipeline.sample.events({ condition: 'a cat' }))),
 * );
 */
export function loadPipeline(from: ReadFile | WeightsPlace, options: LoadPipelineOptions): Observable<LoadEvent> {
  return new Observable((subscriber) => {
    const leaving = new AbortController();
    const loaded = loadedOnce(from, options, {
      onProgress: (progress) => subscriber.next({ kind: 'bytes', ...progress }),
      signal: leaving.signal,
    });
    loaded.then(
      (pipeline) => subscriber.next({ kind: 'pipeline', pipeline }),
      (error: unknown) => subscriber.error(error),
    );
    return () => {
      leaving.abort();
      loaded.then(
        (pipeline) => disposed(pipeline),
        () => undefined,
      );
    };
  });
}

async function loadedOnce(
  from: ReadFile | WeightsPlace,
  { use, plugins, onTapError, batching, hookTimeout, memoryLimit, ...reading }: LoadPipelineOptions,
  watch: Pick<ReadPipelineOptions, 'onProgress' | 'signal'>,
): Promise<Diffusion> {
  await using model = await readPipeline(from, { ...reading, ...watch });
  const recipe = { ...model.recipe, plugins: { ...model.recipe.plugins, ...use } };
  const given = { onTapError, batching, hookTimeout, memoryLimit };
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return await diffusion(recipe, { ...said, plugins: [...plugins, ...model.plugins], weights: model.weights });
}

/** Nobody is there any more to be told of an error. */
async function disposed(pipeline: Diffusion): Promise<void> {
  try {
    await pipeline.dispose();
  } catch (error) {
    console.warn(`a pipeline could not be disposed of: ${messageOf(error)}`);
  }
}
