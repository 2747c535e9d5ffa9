/** How distances are put into buckets. */
export interface BucketOptions {
  readonly buckets: number;
  readonly mostDistance: number;
}

/**
 * The bucket of each pair of tokens, by how far the second is from the first: small distances have one each, larger ones
 * share theirs in equal steps of the logarithm, and both directions are told apart (Raffel et al. 2020, section 2.1).
 *
 * @returns `[tokens * tokens]`, row by row
 */
export function distanceBuckets(tokens: number, options: BucketOptions): Int32Array {
  return Int32Array.from({ length: tokens * tokens }, (_, at) =>
    bucketOf((at % tokens) - Math.floor(at / tokens), options),
  );
}

function bucketOf(distance: number, { buckets, mostDistance }: BucketOptions): number {
  const half = Math.floor(buckets / 2);
  const exact = Math.floor(half / 2);
  const first = distance > 0 ? half : 0;
  const far = Math.abs(distance);
  if (far < exact) return first + far;
  // In single precision, as the networks were trained: at the edges of buckets it decides.
  const share = Math.fround(Math.fround(Math.log(far / exact)) / Math.fround(Math.log(mostDistance / exact)));
  return first + Math.min(half - 1, exact + Math.trunc(Math.fround(share * (half - exact))));
}
