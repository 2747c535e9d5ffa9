import { concatMap, defer, map, of, type Observable, type OperatorFunction } from 'rxjs';
import type { ImageBatch } from '../core/contracts/images.js';
import { runIdOf } from '../core/loop/run-id.js';
import type { SampleEvent } from '../core/loop/sample-events.js';
import type { Assembly } from '../core/assembly/assembly.js';
import { Roles } from '../core/assembly/roles.js';
import { readSettings } from '../core/assembly/settings.js';
import { observe, type OnTapError } from './observe.js';
import { adaptersOf, furtherNetworks } from '../core/assembly/networks.js';
import { lastOf, type RunOptions } from './promise-function.js';
import { batchedReverse, type Batching } from './sampling/batched-reverse.js';
import { ConditionCache } from '../core/sampling/conditions/condition-cache.js';
import { processed } from './sampling/post-process.js';
import { askedRun } from '../core/requests/read-request.js';
import { defined } from '../core/requests/request-values.js';
import { results, type SampleResult } from './sampling/results.js';
import { readSampleRequest } from '../core/sampling/start/read-sample-request.js';
import type { ReverseParts } from '../core/sampling/reverse-parts.js';
import type { SampleRequest } from '../core/sampling/sample-request.js';
import { startingNoise } from './sampling/starting-noise.js';
import type { StartingNoiseParts, StartingPoint } from '../core/sampling/start/starting-point.js';
import { sampleSettings } from '../core/requests/settings.js';
import { untilDisposed } from './until-disposed.js';

/** A request whose missing parts come from the recipe's `sample` settings. */
export type SampleOptions = Partial<SampleRequest>;

/** Two ways to sample: a promise of the result, and a stream of events. */
export interface SampleFunction {
  /** Samples, and gives the owned result: dispose of it, or say `using`. */
  (ask?: SampleOptions, options?: RunOptions): Promise<SampleResult>;
  /** The run as a cold observable of lent events: subscribing starts it, unsubscribing cancels it. */
  events(ask?: SampleOptions): Observable<SampleEvent>;
  /** Samples and sends the images through the recipe's post-processors. */
  images(ask?: SampleOptions, options?: RunOptions): Promise<ImageBatch>;
}

/** Options of `sampleFunction`. */
export interface SampleFunctionOptions {
  /** Told of observers that threw and were detached; `console.warn` where absent. */
  readonly onTapError?: OnTapError | undefined;
  /** How requests that arrive together become one batch. */
  readonly batching?: Batching;
}

/** The function that samples with an assembly's plugins. */
export function sampleFunction(
  assembly: Assembly,
  { onTapError, batching }: SampleFunctionOptions = {},
): SampleFunction {
  let reversed: OperatorFunction<StartingPoint, SampleEvent> | undefined;
  const conditionCache = new ConditionCache();
  assembly.onDispose(() => conditionCache.clear());
  const events = (asked: SampleOptions = {}): Observable<SampleEvent> =>
    defer(() => {
      const parts = samplingParts(assembly);
      const run = runIdOf(askedRun(asked, 'the request to sample'));
      return defer(() => of(requestOf(assembly, { ...readSampleRequest(asked), run }))).pipe(
        startingNoise(parts),
        (reversed ??= batchedReverse({ ...parts, conditionCache }, batching)),
        untilDisposed(assembly),
        observe(assembly.all(Roles.observer), onTapError, run),
      );
    });
  const owned = (ask?: SampleOptions): Observable<SampleResult> => events(ask).pipe(results());
  const images = (ask?: SampleOptions): Observable<ImageBatch> =>
    owned(ask).pipe(
      map((result) => {
        using held = result;
        return held.images();
      }),
      concatMap((batch) => processed(batch, assembly.all(Roles.postProcessor))),
    );
  return Object.assign(
    (ask?: SampleOptions, options?: RunOptions) => lastOf(owned(ask), (result) => result.dispose(), options),
    {
      events,
      images: (ask?: SampleOptions, options?: RunOptions) => lastOf(images(ask), () => undefined, options),
    },
  );
}

/** The parts of a sampling run, for composing operators by hand. Throws `RXD_PLUGIN_MISSING`. */
export function samplingParts(assembly: Assembly): ReverseParts & StartingNoiseParts {
  const denoiser = assembly.get(Roles.denoiser);
  return {
    engine: assembly.get(Roles.engine),
    schedule: assembly.get(Roles.schedule),
    grid: assembly.get(Roles.grid),
    parameterization: assembly.get(Roles.parameterization),
    sampler: assembly.get(Roles.sampler),
    noise: assembly.get(Roles.noise),
    conditioner: assembly.find(Roles.conditioner),
    codec: assembly.find(Roles.codec),
    guidance: assembly.find(Roles.guidance),
    networks: furtherNetworks(assembly),
    adapters: adaptersOf(assembly),
    classifier: assembly.find(Roles.classifier),
    denoiser,
    sampleShape: denoiser.info.sampleShape,
    sizes: denoiser.info.sizes,
    activations: denoiser.info.activations,
    memoryLimit: assembly.memoryLimit,
  };
}

function requestOf(assembly: Assembly, ask: SampleOptions): SampleRequest {
  const { steps, count, clip, ...settings } = readSettings(assembly.recipe, 'sample', sampleSettings);
  return {
    steps,
    ...defined(settings),
    // Seeds say how many samples there are.
    ...(ask.seeds === undefined ? { count } : {}),
    ...(clip === undefined ? {} : { clip: { ...clip, keepNoise: clip.keepNoise ?? false } }),
    ...ask,
  };
}
