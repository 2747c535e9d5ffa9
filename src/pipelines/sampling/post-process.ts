import { concatMap, type OperatorFunction } from 'rxjs';
import type { ImageBatch } from '../../core/contracts/images.js';
import type { PostProcessor } from '../../core/contracts/post-processor.js';
import { blame } from '../../core/errors/blame.js';
import { identityOf } from '../../core/plugins/plugin-identity.js';

/** Sends batches through post-processors, in order. */
export function postProcess(processors: readonly PostProcessor[]): OperatorFunction<ImageBatch, ImageBatch> {
  return concatMap((batch) => processed(batch, processors));
}

/** One batch through post-processors, in order. */
export async function processed(batch: ImageBatch, processors: readonly PostProcessor[]): Promise<ImageBatch> {
  let result = batch;
  for (const [index, processor] of processors.entries()) {
    try {
      result = await processor.process(result);
    } catch (error) {
      throw blame(error, identityOf(processor, 'postProcessor'), index);
    }
  }
  return result;
}
