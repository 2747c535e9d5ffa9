import { concatMap, type OperatorFunction } from 'rxjs';
import type { ImageBatch } from '../../core/contracts/images.js';
import type { PostProcessor } from '../../core/contracts/post-processor.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { blame } from '../../core/errors/blame.js';
import { guarded } from '../../core/assembly/guarded.js';
import { identityOf } from '../../core/assembly/plugin-identity.js';

/** Sends batches through post-processors, in order. */
export function postProcess(processors: readonly PostProcessor[]): OperatorFunction<ImageBatch, ImageBatch> {
  return concatMap((batch) => processed(batch, processors));
}

/** One batch through post-processors, in order. */
export async function processed(batch: ImageBatch, processors: readonly PostProcessor[]): Promise<ImageBatch> {
  let result = batch;
  for (const processor of processors) {
    try {
      result = checked(await guarded('postProcessor', processor).process(result));
    } catch (error) {
      throw blame(error, identityOf(processor, 'postProcessor'));
    }
  }
  return result;
}

/** Images as they must be: files, or as many values as their shape says, floats finite. */
function checked(batch: ImageBatch): ImageBatch {
  if (batch?.kind === 'files' && Array.isArray(batch.files)) return batch;
  const values = batch?.kind === 'float' || batch?.kind === 'pixels' ? batch.data : undefined;
  const size = values && 'shape' in batch ? batch.shape.reduce((product, side) => product * side, 1) : Number.NaN;
  const typed = batch?.kind === 'float' ? values instanceof Float32Array : values instanceof Uint8Array;
  if (typed && values?.length === size && values.every(Number.isFinite)) return batch;
  throw new DiffusionError('RXD_PLUGIN_OUTPUT', {
    problem: 'the post-processor returned no images',
    got: !typed
      ? `data that is ${kindOfData(values)}`
      : values?.length === size
        ? 'NaN or infinity'
        : `${values?.length ?? 'no'} values for a shape of ${size}`,
    expected: 'files, or finite values of the shape that it says: a Float32Array, or bytes in pixels',
    fix: 'return a batch of images',
  });
}

const kindOfData = (values: unknown): string => (ArrayBuffer.isView(values) ? values.constructor.name : typeof values);
