type Predictor = (left: number, up: number, upLeft: number) => number;

/** The five filters of the PNG specification, section 9, in the order of their numbers. */
const PREDICTORS: readonly Predictor[] = [
  () => 0,
  (left) => left,
  (_, up) => up,
  (left, up) => (left + up) >> 1,
  paeth,
];

/**
 * Filters the rows of an image for PNG: each row gets the filter whose differences have the smallest sum of absolute
 * values (the heuristic of the specification, section 12.7), and its number in front.
 *
 * @param stride - Bytes in a row.
 * @param channels - Bytes in a pixel.
 */
export function filterRows(data: Uint8Array, stride: number, channels: number): Uint8Array {
  const height = data.length / stride;
  const out = new Uint8Array(height * (stride + 1));
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y += 1) {
    const row = data.slice(y * stride, (y + 1) * stride);
    out.set(bestFilter(row, above, channels), y * (stride + 1));
    above = row;
  }
  return out;
}

function bestFilter(row: Uint8Array, above: Uint8Array, channels: number): Uint8Array {
  let best = filterRow(row, above, channels, 0);
  let least = cost(best);
  for (let filter = 1; filter < PREDICTORS.length; filter += 1) {
    const tried = filterRow(row, above, channels, filter);
    const price = cost(tried);
    if (price < least) [best, least] = [tried, price];
  }
  return best;
}

function filterRow(row: Uint8Array, above: Uint8Array, channels: number, filter: number): Uint8Array {
  const out = new Uint8Array(row.length + 1);
  const predict = PREDICTORS[filter] ?? (() => 0);
  out[0] = filter;
  for (let i = 0; i < row.length; i += 1) {
    const predicted = predict(row[i - channels] ?? 0, above[i] ?? 0, above[i - channels] ?? 0);
    out[i + 1] = (row[i] ?? 0) - predicted;
  }
  return out;
}

function cost(filtered: Uint8Array): number {
  let sum = 0;
  for (let i = 1; i < filtered.length; i += 1) {
    const value = filtered[i] ?? 0;
    sum += value < 128 ? value : 256 - value;
  }
  return sum;
}

/** Whichever neighbour is nearest to `left + up - upLeft` (PNG specification, 9.4). */
function paeth(left: number, up: number, upLeft: number): number {
  const toLeft = Math.abs(up - upLeft);
  const toUp = Math.abs(left - upLeft);
  const toUpLeft = Math.abs(left + up - 2 * upLeft);
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}
