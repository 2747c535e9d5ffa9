/** One row of a benchmark's table. */
export type Figure = Readonly<Record<string, string | number>>;

/** A benchmark: takes its own words, gives its figures. */
export type Benchmark = (words: readonly string[]) => Promise<readonly Figure[]>;

/** The middle value; of an even number, the upper of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** A number with so many digits behind the point. */
export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
