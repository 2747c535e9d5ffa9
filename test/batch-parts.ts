import type { Batch } from '../src/core/contracts/dataset.js';
import { dataOf } from '../src/core/training/batch-columns.js';

/** Numbers of the column `data`. */
export const dataIn = (batch: Batch): Float32Array => dataOf(batch).data;

/** The labels of a batch; none where it has no such column. */
export function labelsIn({ columns: { label } }: Batch): Int32Array {
  return label?.kind === 'numbers' ? Int32Array.from(label.data) : new Int32Array();
}
