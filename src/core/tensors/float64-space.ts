import type { PerSample, PerSampleOperation, Term, Vector, VectorSpace } from '../contracts/vector.js';

/** Numbers in double precision seen as a sampler sees them. */
export function fromFloat64(values: Float64Array): Vector {
  return values as unknown as Vector;
}

/** The numbers behind a vector of `float64Space`. */
export function float64Of(vector: Vector): Float64Array {
  return vector as unknown as Float64Array;
}

/** The number of each sample that a sampler asked for. */
export const numbersOf = (value: PerSample): Float64Array => value as unknown as Float64Array;
const asPerSample = (numbers: Float64Array): PerSample => numbers as unknown as PerSample;

const OPERATIONS: Readonly<Record<PerSampleOperation, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
};

/**
 * The operations of samplers in double precision, for the order laws and golden values: a batch of `samples` samples
 * lies one after the other in one array.
 */
export function float64Space(samples = 1): VectorSpace {
  const rowOf = (index: number, size: number): number => Math.floor((index * samples) / size);
  const at = (value: number | PerSample, row: number): number =>
    typeof value === 'number' ? value : (numbersOf(value)[row] ?? Number.NaN);
  const mapped = (a: Vector, map: (value: number, index: number, row: number) => number): Vector => {
    const values = float64Of(a);
    return fromFloat64(values.map((value, index) => map(value, index, rowOf(index, values.length))));
  };
  const perRow = (a: Vector, reduce: (row: Float64Array) => number): PerSample => {
    const values = float64Of(a);
    const width = values.length / samples;
    const rows = Array.from({ length: samples }, (_, row) => values.subarray(row * width, (row + 1) * width));
    return asPerSample(Float64Array.from(rows, reduce));
  };
  return {
    combine: (...terms) => combined(terms, at, rowOf),
    multiply: (a, b) => mapped(a, (value, index) => value * (float64Of(b)[index] ?? Number.NaN)),
    exp: (a) => mapped(a, Math.exp),
    sqrt: (a) => mapped(a, Math.sqrt),
    clip: (a, low, high) => mapped(a, (value, _, row) => Math.min(Math.max(value, at(low, row)), at(high, row))),
    quantile: (a, q) => perRow(a, (row) => quantileOf(row, q)),
    norm: (a) => perRow(a, (row) => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0))),
    dot: (a, b) => {
      const products = mapped(a, (value, index) => value * (float64Of(b)[index] ?? Number.NaN));
      return perRow(products, (row) => row.reduce((sum, value) => sum + value, 0));
    },
    std: (a) => perRow(a, stdOf),
    errorNorm: (difference, [a, b], { absolute, relative }) => {
      const shares = mapped(difference, (value, index) => {
        const size = Math.max(Math.abs(float64Of(a)[index] ?? Number.NaN), Math.abs(float64Of(b)[index] ?? Number.NaN));
        return value / Math.max(absolute, relative * size);
      });
      return perRow(shares, (row) => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / row.length));
    },
    perSample: (operation, a, b) =>
      asPerSample(Float64Array.from({ length: samples }, (_, row) => OPERATIONS[operation](at(a, row), at(b, row)))),
    batchMean: (a) => asPerSample(numbersOf(a).map((_, __, all) => all.reduce((sum, b) => sum + b, 0) / all.length)),
    blend: (mask, a, b) =>
      mapped(a, (value, index) => {
        const weight = float64Of(mask)[index] ?? Number.NaN;
        return weight * value + (1 - weight) * (float64Of(b)[index] ?? Number.NaN);
      }),
  };
}

function combined(
  terms: readonly Term[],
  at: (value: number | PerSample, row: number) => number,
  rowOf: (index: number, size: number) => number,
): Vector {
  const size = float64Of((terms[0] as Term)[1]).length;
  const sum = new Float64Array(size);
  for (const [coefficient, vector] of terms) {
    if (coefficient === 0) continue;
    const values = float64Of(vector);
    // The inner loop of every run of `solve`: a coefficient that all samples share is looked up once.
    if (typeof coefficient === 'number') {
      for (let i = 0; i < size; i++) sum[i] = (sum[i] ?? 0) + coefficient * (values[i] ?? Number.NaN);
    } else {
      for (let i = 0; i < size; i++)
        sum[i] = (sum[i] ?? 0) + at(coefficient, rowOf(i, size)) * (values[i] ?? Number.NaN);
    }
  }
  return fromFloat64(sum);
}

function stdOf(row: Float64Array): number {
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
  return Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length);
}

/** Linear between the two nearest order statistics of the absolute values. */
function quantileOf(row: Float64Array, q: number): number {
  const sorted = row.map(Math.abs).toSorted();
  const place = q * (sorted.length - 1);
  const [low, high] = [Math.floor(place), Math.ceil(place)];
  const [below, above] = [sorted[low] ?? Number.NaN, sorted[high] ?? Number.NaN];
  return below + (place - low) * (above - below);
}
