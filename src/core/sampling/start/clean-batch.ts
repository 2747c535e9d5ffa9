import { invalid } from '../sample-request.js';

/** Clean samples of a request, if they are one for all or one each. Throws `RXD_REQUEST_INVALID`. */
export function cleanBatch(data: Float32Array, shape: readonly number[], count: number): Float32Array {
  const size = shape.reduce((product, side) => product * side, 1);
  if (data.length === size || data.length === size * count) return data;
  throw invalid(
    '`startFrom.data` does not fit the samples',
    `${data.length} numbers`,
    `${size} (one sample for all) or ${size * count} (${count} samples of ${size})`,
    `resize the images to [${shape.join(', ')}]`,
  );
}
