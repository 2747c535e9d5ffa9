import type { Adapter } from '../../core/contracts/adapter.js';
import type { Denoiser } from '../../core/contracts/denoiser.js';
import type { Average } from '../../core/contracts/training.js';
import { ENTRY_BYTES } from '../../core/codec/latent-cache.js';
import type { Codec } from '../../core/contracts/codec.js';
import type { Dataset } from '../../core/contracts/dataset.js';
import { trainedParameters, type TrainedParts } from '../../core/training/trained-slots.js';
import { checkMemory, MEGABYTE, tensorBytes } from '../../core/assembly/memory-limit.js';

/** Batches that an update holds at least: the examples as plain data and as a tensor, the noise, the mix, the output. */
const BATCHES = 6;
/** Values a number of a network's activations: its own, and its gradient. */
const PASSES = 2;

interface Sizes {
  readonly denoiser: Denoiser;
  readonly conditioner?: TrainedParts['conditioner'];
  readonly adapters?: Readonly<Record<string, Adapter>> | undefined;
  readonly batchSize: number;
  readonly average?: Average | undefined;
  readonly memoryLimit?: number | undefined;
  /** Bytes of latents that are kept. */
  readonly cached?: number | undefined;
}

/** Throws `RXD_MEMORY_LIMIT` for a training run that memory does not hold, before any of it is made. */
export function checkTrainingMemory({ batchSize, average, memoryLimit, cached = 0, ...parts }: Sizes): void {
  const { denoiser, adapters = {} } = parts;
  const { sampleShape, activations = 0 } = denoiser.info;
  const size = sampleShape.reduce((product, side) => product * side, 1);
  const weights = tensorBytes(Object.values(trainedParameters(parts)).map(({ shape }) => shape));
  // What adapters change, and its gradient.
  const changed = Object.values(adapters).flatMap(({ changes }) => Object.values(changes));
  // The network's own, those that change, and their gradients.
  const copies = average === undefined ? 3 : 4;
  checkMemory(
    [
      { what: 'weights and their gradients', bytes: copies * weights },
      ...(changed.length > 0 ? [{ what: 'weights that adapters change', bytes: 2 * tensorBytes(changed) }] : []),
      {
        what: `\`batchSize\`: ${batchSize} examples of [${sampleShape.join(', ')}]`,
        bytes: 4 * batchSize * size * BATCHES,
      },
      ...(cached > 0 ? [{ what: 'latents that are kept (`latentCache`)', bytes: cached }] : []),
      { what: 'the network at work on them', bytes: 4 * batchSize * activations * PASSES },
    ],
    memoryLimit,
  );
}

/** Bytes of latents that a run keeps at most: those of all examples, or what it may. */
export function cachedLatents({ info }: Codec, dataset: Dataset, megabytes: number): number {
  const latents = 4 * info.latentShape.reduce((product, side) => product * side, 1);
  return Math.min(megabytes * MEGABYTE, dataset.info.size * (latents + ENTRY_BYTES));
}
