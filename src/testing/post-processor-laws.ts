import type { ImageBatch } from '../core/contracts/images.js';
import type { PostProcessor } from '../core/contracts/post-processor.js';
import { DiffusionError } from '../core/errors/diffusion-error.js';
import { lawsOf } from './broken-law.js';

const holds = lawsOf('post-processors');

/** What `postProcessorLaws` feeds the post-processor. */
export interface PostProcessorCase {
  /** A batch that it takes. */
  readonly takes: ImageBatch;
  /** Batches of kinds that it must refuse; none if it takes everything. */
  readonly refuses?: readonly ImageBatch[];
}

/**
 * Checks the laws of the post-processor contract: equal input gives equal output, the input is left alone, the output's
 * shape fits its data, and a kind of batch that it cannot take is an `RXD_IMAGES_INVALID`.
 *
 * @throws Error that says which law is broken.
 */
export async function postProcessorLaws(
  processor: PostProcessor,
  { takes, refuses = [] }: PostProcessorCase,
): Promise<void> {
  const before = structuredClone(takes);
  const first = structuredClone(await processor.process(takes));
  holds(same(takes, before), 'the input is not changed');
  holds(same(await processor.process(takes), first), 'equal input gives equal output');
  holds(fits(first), 'the shape of the output fits its data');
  for (const batch of refuses) {
    const error = await refusal(processor, batch);
    const typed = error instanceof DiffusionError && error.code === 'RXD_IMAGES_INVALID';
    holds(typed, `a batch of kind "${batch.kind}" is refused as RXD_IMAGES_INVALID`);
  }
}

async function refusal(processor: PostProcessor, batch: ImageBatch): Promise<unknown> {
  try {
    await processor.process(batch);
    return undefined;
  } catch (error) {
    return error;
  }
}

function fits(batch: ImageBatch): boolean {
  if (batch.kind === 'files') return batch.files.every(({ bytes }) => bytes.length > 0);
  return batch.shape.reduce((size, dimension) => size * dimension, 1) === batch.data.length;
}

function same(a: ImageBatch, b: ImageBatch): boolean {
  return fingerprint(a) === fingerprint(b);
}

function fingerprint(batch: ImageBatch): string {
  if (batch.kind !== 'files') return `${batch.kind} ${batch.shape.join()} ${batch.data.join()}`;
  return batch.files.map(({ mediaType, bytes }) => `${mediaType} ${bytes.join()}`).join('\n');
}
