import { z } from 'zod';
import type { Assembly } from '../core/assembly/assembly.js';
import { assemble } from '../core/assembly/assemble.js';
import { catalogue, type CatalogueEntry } from '../core/assembly/catalogue.js';
import { Roles } from '../core/assembly/roles.js';
import type { WeightsOfSlots } from '../core/assembly/slot-weights.js';
import type { Wiring } from '../core/assembly/wiring.js';
import { checkCombination } from '../core/compatibility/combination-checks.js';
import { checkSampling } from '../core/compatibility/sampling-checks.js';
import { checkTraining } from '../core/compatibility/training-checks.js';
import { adaptersOf, furtherNetworks } from '../core/assembly/networks.js';
import type { OnTapError } from './observe.js';
import { isObject, readRequest } from '../core/requests/read-request.js';
import { callback, megabytes } from '../core/requests/request-values.js';
import { batchLimits, type Batching } from './sampling/batched-reverse.js';
import { sampleFunction, type SampleFunction } from './sample-function.js';
import { sampleSettings, trainSettings } from '../core/requests/settings.js';
import { trainFunction, type TrainFunction } from './train-function.js';

/** The longest time that a timer can wait, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** What `diffusion` needs beside the recipe. */
export interface DiffusionOptions {
  /** The plugins and presets that the recipe may name: `standardPlugins`, and yours. */
  readonly plugins: readonly CatalogueEntry[];
  /** Told of observers that threw and were detached; `console.warn` where absent. */
  readonly onTapError?: OnTapError;
  /**
   * How requests that arrive together are computed as one batch, where shapes agree: batches of at most 32 samples, and
   * no waiting, where absent. `false` computes each by itself.
   */
  readonly batching?: Batching | false;
  /**
   * Milliseconds that a plugin's asynchronous hook (`create`, `batch`, `write`, `process`, …) or an `evaluate` may take
   * before it is an error, `RXD_PLUGIN_TIMEOUT`. For ever where absent. It cannot stop code that never gives the thread
   * back: devices can.
   */
  readonly hookTimeout?: number;
  /**
   * Megabytes that the pipeline's plugins, and each of its runs, may need: estimated, and refused with `RXD_MEMORY_LIMIT`
   * before anything is allocated. 2048 where absent, and what `weights` take on top; `Infinity` for no
   * limit.
   */
  readonly memoryLimit?: number;
  /**
   * What networks begin with, by slot (`denoiser`, `codec`, `conditioner`, `denoiser:weak`, …), as the weights lie in a file:
   * `{ denoiser: weights.tensors }` of `openWeights`, or what `readPipeline` found. Initial weights where absent. Each tensor
   * is read once, while the pipeline is made.
   */
  readonly weights?: WeightsOfSlots;
}

const optionFields = z.strictObject({
  plugins: z.array(z.custom<CatalogueEntry>()),
  onTapError: callback<OnTapError>().optional(),
  batching: z.unknown().optional(),
  hookTimeout: z.number().positive().max(LONGEST).optional(),
  memoryLimit: megabytes.optional(),
  weights: z.custom<WeightsOfSlots>(isObject, 'expected weights by slot').optional(),
} satisfies { readonly [K in keyof Required<DiffusionOptions>]: z.ZodType });

/** A pipeline: the plugins of a recipe, wired, with a function to sample and a function to train. */
export interface Diffusion extends AsyncDisposable {
  /** Owned samples as a promise; `sample.events(request)` is the cold observable. */
  readonly sample: SampleFunction;
  /** Owned weights as a promise; `train.events(request)` is the cold observable. */
  readonly train: TrainFunction;
  /** The plugins by role. */
  readonly assembly: Assembly;
  /** The wiring as text. */
  explain(): string;
  /** Frees every plugin. Idempotent. */
  dispose(): Promise<void>;
}

/**
 * Makes a pipeline of a recipe.
 *
 * @example
 * await using pipeline = await diffusion({ format: 1, preset: 'ddpm', plugins: { ... } }, { plugins: standardPlugins });
 * using result = await pipeline.sample({ steps: 50, count: 4, seed: 7 });
 *
 * @throws DiffusionError with the code of what is wrong: `RXD_RECIPE_INVALID`, `RXD_PLUGIN_UNKNOWN`,
 * `RXD_PLUGIN_CONFIG`, `RXD_PLUGIN_MISSING`, `RXD_COMBINATION`, …
 */
export async function diffusion(recipe: unknown, options: DiffusionOptions): Promise<Diffusion> {
  const read = readRequest(options, optionFields, 'the options of the pipeline') as DiffusionOptions;
  const { plugins, onTapError, hookTimeout, memoryLimit, weights } = read;
  const batching = batchLimits(read.batching);
  const settings = { train: trainSettings, sample: sampleSettings };
  const [known, checks] = [catalogue(plugins), [checkParts]];
  const assembly = await assemble(known, recipe, checks, settings, hookTimeout, memoryLimit, weights);
  const dispose = (): Promise<void> => assembly.dispose();
  return {
    assembly,
    sample: sampleFunction(assembly, { onTapError, batching }),
    train: trainFunction(assembly, onTapError, hookTimeout),
    explain: () => assembly.explain(),
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

function checkParts(wiring: Wiring): void {
  checkCombination({
    denoiser: wiring.find(Roles.denoiser),
    networks: furtherNetworks(wiring),
    adapters: adaptersOf(wiring),
    conditioner: wiring.find(Roles.conditioner),
    codec: wiring.find(Roles.codec),
    dataset: wiring.find(Roles.dataset),
    classifier: wiring.find(Roles.classifier),
  });
  checkSampling(wiring);
  checkTraining(wiring);
}
