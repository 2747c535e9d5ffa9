import * as tf from '@tensorflow/tfjs';
import type { Conditioning } from '../../core/contracts/conditioning.js';
import type { DenoiserInfo } from '../../core/contracts/denoiser.js';
import { DiffusionError } from '../../core/errors/diffusion-error.js';
import { embeddingLookup } from '../../core/kernels/embedding-lookup.js';

/** What a network of class embeddings says of itself: their number, and the condition that it reads. */
export function classInfo(classes: number | null | undefined): Pick<DenoiserInfo, 'classes' | 'takes'> {
  return classes ? { classes, takes: { classLabels: { dtype: 'int32', shape: [] } } } : { takes: {} };
}

/**
 * Adds each sample's row of the class table to its time embedding.
 *
 * @throws DiffusionError `RXD_CONDITION_INVALID` where no class labels came
 */
export function addClassEmbedding(embedded: tf.Tensor, table: tf.Tensor, { classLabels }: Conditioning): tf.Tensor {
  if (classLabels === undefined) throw labelsMissing(table.shape[0] ?? 0);
  return tf.add(embedded, embeddingLookup(table as tf.Tensor2D, classLabels as tf.Tensor1D));
}

function labelsMissing(classes: number): DiffusionError {
  return new DiffusionError('RXD_CONDITION_INVALID', {
    problem: `this network has ${classes} class embeddings and got no class labels`,
    got: 'no classLabels',
    expected: 'an int32 tensor [N]',
    fix: 'add the conditioner class-label to the recipe and give the request a condition',
  });
}
