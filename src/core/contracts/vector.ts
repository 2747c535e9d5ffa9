declare const vector: unique symbol;

/**
 * What a sampler moves: a batch of samples, opaque. It stands on a tfjs tensor in a run and on a `Float64Array` in the
 * order laws; a sampler file knows neither, and so works on both.
 */
export interface Vector {
  readonly [vector]: 'Vector';
}

/** A term of a linear combination: a coefficient (or one per sample) and a vector. */
export type Term = readonly [coefficient: number | PerSample, vector: Vector];

declare const perSample: unique symbol;

/** One number a sample, computed from vectors (a norm, a quantile), usable as a coefficient. Opaque like `Vector`. */
export interface PerSample {
  readonly [perSample]: 'PerSample';
}

/**
 * The closed set of things that solvers do to vectors. No callback over elements: that could not be traced.
 * All results are new vectors; inputs are never changed.
 */
export interface VectorSpace {
  /** `sum of coefficient * vector`. */
  readonly combine: (...terms: readonly Term[]) => Vector;
  /** Elementwise product. */
  readonly multiply: (a: Vector, b: Vector) => Vector;
  /** Elementwise exponential (learned variances). */
  readonly exp: (a: Vector) => Vector;
  /** Elementwise square root (learned variances). */
  readonly sqrt: (a: Vector) => Vector;
  /** Elementwise clamp to [low, high]. Per-sample bounds serve dynamic thresholding. */
  readonly clip: (a: Vector, low: number | PerSample, high: number | PerSample) => Vector;
  /** The `q`-quantile of the absolute values of each sample, linearly interpolated. */
  readonly quantile: (a: Vector, q: number) => PerSample;
  /** Euclidean norm of each sample. */
  readonly norm: (a: Vector) => PerSample;
  /** Inner product of each sample of `a` with that of `b` (projections). */
  readonly dot: (a: Vector, b: Vector) => PerSample;
  /** Standard deviation of the values of each sample, divided by their number. */
  readonly std: (a: Vector) => PerSample;
  /**
   * How far two results of a step are apart, in units of what is tolerated: the root mean square, over each sample, of
   * `difference / max(absolute, relative * max(|a|, |b|))` (Hairer, Norsett & Wanner 1993, II.4.11). 1 is as tolerated.
   */
  readonly errorNorm: (difference: Vector, sizes: readonly [a: Vector, b: Vector], tolerance: Tolerance) => PerSample;
  /** `numbers(a, b, ...)` on plain per-sample numbers: arithmetic between norms and quantiles. */
  readonly perSample: (operation: PerSampleOperation, a: PerSample | number, b: PerSample | number) => PerSample;
  /**
   * The mean over the samples of a request, for each sample: only for switches that repeat what other libraries do
   * batch-wide.
   */
  readonly batchMean: (a: PerSample) => PerSample;
  /** `mask * a + (1 - mask) * b`, elementwise (repaint, inpainting). */
  readonly blend: (mask: Vector, a: Vector, b: Vector) => Vector;
}

/** Arithmetic between per-sample numbers. */
export type PerSampleOperation = 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum' | 'minimum';

/** What error of a step is tolerated. */
export interface Tolerance {
  readonly absolute: number;
  /** As a share of the numbers' size. */
  readonly relative: number;
}
