/** Sizes of a group normalization of `[batch, pixels, channels]`. */
export interface Sizes {
  readonly batch: number;
  readonly pixels: number;
  readonly channels: number;
  readonly groups: number;
  readonly epsilon: number;
}

/** What the gradient reads and writes. */
export interface GradientData {
  readonly values: Float32Array;
  readonly scales: Float32Array;
  /** dy. */
  readonly slopes: Float32Array;
  readonly dx: Float32Array;
  readonly dScale: Float32Array;
  readonly dBias: Float32Array;
}

/** Sums over the pixels of one image, a number a channel, in doubles (so that squares may be subtracted). */
interface ChannelSums {
  readonly x: Float64Array;
  readonly xx: Float64Array;
  readonly dy: Float64Array;
  readonly dyx: Float64Array;
}

const at = (data: Float64Array | Float32Array, index: number): number => data[index] as number;

/** y = a x + b, with a and b from the moments of each group. */
export function forward(
  sizes: Sizes,
  values: Float32Array,
  scales: Float32Array,
  biases: Float32Array,
  result: Float32Array,
): void {
  const { batch, pixels, channels } = sizes;
  const sums = emptySums(channels);
  const factor = new Float64Array(channels);
  const offset = new Float64Array(channels);
  for (let image = 0; image < batch; image++) {
    const start = image * pixels * channels;
    addMoments(sums, values, start, pixels, channels);
    eachGroup(sizes, sums, (from, to, mean, inverse) => {
      for (let c = from; c < to; c++) {
        factor[c] = at(scales, c) * inverse;
        offset[c] = at(biases, c) - mean * at(factor, c);
      }
    });
    for (let pixel = start; pixel < start + pixels * channels; pixel += channels) {
      for (let c = 0; c < channels; c++) result[pixel + c] = at(values, pixel + c) * at(factor, c) + at(offset, c);
    }
  }
}

/**
 * dx = scale/s dy + b x + d for each group, with s the deviation and x^ = (x - mean)/s: the gradient
 * (g - mean(g) - x^ mean(g x^))/s with g = scale dy, ordered by dy and x.
 */
export function gradient(sizes: Sizes, data: GradientData): void {
  const { batch, pixels, channels } = sizes;
  const sums = emptySums(channels);
  const [ofDy, ofX, constant, dScale, dBias] = Array.from({ length: 5 }, () => new Float64Array(channels)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let image = 0; image < batch; image++) {
    const start = image * pixels * channels;
    addMoments(sums, data.values, start, pixels, channels);
    addSlopes(sums, data, start, pixels, channels);
    eachGroup(sizes, sums, (from, to, mean, inverse) => {
      let sumG = 0;
      let sumGx = 0;
      for (let c = from; c < to; c++) {
        const alongX = (at(sums.dyx, c) - mean * at(sums.dy, c)) * inverse;
        dScale[c] = at(dScale, c) + alongX;
        dBias[c] = at(dBias, c) + at(sums.dy, c);
        sumG += at(data.scales, c) * at(sums.dy, c);
        sumGx += at(data.scales, c) * alongX;
      }
      const count = pixels * (to - from);
      const slopeX = (-inverse * inverse * sumGx) / count;
      ofX.fill(slopeX, from, to);
      constant.fill((-inverse * sumG) / count - mean * slopeX, from, to);
      for (let c = from; c < to; c++) ofDy[c] = at(data.scales, c) * inverse;
    });
    writeGradient(data, start, pixels, ofDy, ofX, constant);
  }
  data.dScale.set(dScale);
  data.dBias.set(dBias);
}

function emptySums(channels: number): ChannelSums {
  const zeros = (): Float64Array => new Float64Array(channels);
  return { x: zeros(), xx: zeros(), dy: zeros(), dyx: zeros() };
}

function addMoments(
  { x, xx }: ChannelSums,
  values: Float32Array,
  start: number,
  pixels: number,
  channels: number,
): void {
  x.fill(0);
  xx.fill(0);
  for (let pixel = start; pixel < start + pixels * channels; pixel += channels) {
    for (let c = 0; c < channels; c++) {
      const value = at(values, pixel + c);
      x[c] = at(x, c) + value;
      xx[c] = at(xx, c) + value * value;
    }
  }
}

function addSlopes(
  { dy, dyx }: ChannelSums,
  data: GradientData,
  start: number,
  pixels: number,
  channels: number,
): void {
  dy.fill(0);
  dyx.fill(0);
  for (let pixel = start; pixel < start + pixels * channels; pixel += channels) {
    for (let c = 0; c < channels; c++) {
      const slope = at(data.slopes, pixel + c);
      dy[c] = at(dy, c) + slope;
      dyx[c] = at(dyx, c) + slope * at(data.values, pixel + c);
    }
  }
}

/** Calls `use` with the channels of each group, their mean and the inverse of their deviation. */
function eachGroup(
  { pixels, channels, groups, epsilon }: Sizes,
  sums: ChannelSums,
  use: (from: number, to: number, mean: number, inverse: number) => void,
): void {
  const width = channels / groups;
  for (let from = 0; from < channels; from += width) {
    let sum = 0;
    let squares = 0;
    for (let c = from; c < from + width; c++) {
      sum += at(sums.x, c);
      squares += at(sums.xx, c);
    }
    const mean = sum / (pixels * width);
    const variance = Math.max(0, squares / (pixels * width) - mean * mean);
    use(from, from + width, mean, 1 / Math.sqrt(variance + epsilon));
  }
}

function writeGradient(
  { values, slopes, dx }: GradientData,
  start: number,
  pixels: number,
  ofDy: Float64Array,
  ofX: Float64Array,
  constant: Float64Array,
): void {
  const channels = ofDy.length;
  for (let pixel = start; pixel < start + pixels * channels; pixel += channels) {
    for (let c = 0; c < channels; c++) {
      dx[pixel + c] = at(slopes, pixel + c) * at(ofDy, c) + at(values, pixel + c) * at(ofX, c) + at(constant, c);
    }
  }
}
