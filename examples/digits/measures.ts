import type { LabelledImages } from 'rxdiffusion';

/** What a batch of samples is worth, beside real images. */
export interface Quality {
  /** Share of the samples that are read as the digit that was asked for. */
  readonly agreement: number;
  /** Share of the held-out images that lie among the samples: their variety. */
  readonly recall: number;
  /** The same for as many real images of the training data in place of the samples: what can be reached. */
  readonly recallOfReal: number;
}

/** Measures samples against images that the network has not seen. */
export function qualityOf(samples: LabelledImages, training: LabelledImages, heldOut: LabelledImages): Quality {
  const read = nearestVote(training, 5)(samples);
  const count = samples.labels.length;
  return {
    agreement: read.filter((label, k) => label === samples.labels[k]).length / count,
    recall: recall(heldOut, samples),
    recallOfReal: recall(heldOut, spread(training, count)),
  };
}

/** Reads the digit of each image: the most frequent label among the nearest training images. */
export function nearestVote(training: LabelledImages, neighbours: number): (images: LabelledImages) => number[] {
  return (images) =>
    squaredDistances(images, training).map((row) => {
      const farthest = row.toSorted()[neighbours - 1] ?? Infinity;
      const near = [...row.keys()].filter((k) => (row[k] ?? Infinity) <= farthest);
      const nearest = near.toSorted((a, b) => (row[a] ?? 0) - (row[b] ?? 0)).slice(0, neighbours);
      const votes = new Map<number, number>();
      for (const k of nearest) votes.set(training.labels[k] ?? 0, (votes.get(training.labels[k] ?? 0) ?? 0) + 1);
      return [...votes].reduce((best, vote) => (vote[1] > best[1] ? vote : best))[0];
    });
}

/**
 * The share of real images that lie among others: no further from one of them than that one is from its third nearest of
 * its own kind (Kynkäänniemi et al. 2019, "Improved Precision and Recall Metric", equation 2), in pixels. It grows with the
 * number of images, so compare equal numbers.
 */
export function recall(real: LabelledImages, images: LabelledImages, neighbours = 3): number {
  // The nearest of its own kind is the image itself.
  const radii = squaredDistances(images, images).map((row) => row.toSorted()[neighbours] ?? 0);
  const covered = squaredDistances(real, images).filter((row) =>
    row.some((distance, k) => distance <= (radii[k] ?? 0)),
  );
  return covered.length / real.labels.length;
}

/** Some images, spread over all of them. */
export function spread({ data, labels, shape }: LabelledImages, count: number, first = 0): LabelledImages {
  const size = data.length / labels.length;
  const chosen = Array.from(
    { length: count },
    (_, k) => (first + Math.floor((k * labels.length) / count)) % labels.length,
  );
  return {
    data: Float32Array.from(chosen.flatMap((k) => [...data.subarray(k * size, (k + 1) * size)])),
    labels: Int32Array.from(chosen, (k) => labels[k] ?? 0),
    shape: [count, shape[1], shape[2], shape[3]],
  };
}

/** Squared Euclidean distances, a row for each image. */
export function squaredDistances(images: LabelledImages, others: LabelledImages): Float64Array[] {
  const size = images.data.length / images.labels.length;
  const known = Array.from(others.labels, (_, t) => others.data.subarray(t * size, (t + 1) * size));
  return Array.from(images.labels, (_, k) => {
    const image = images.data.subarray(k * size, (k + 1) * size);
    return Float64Array.from(known, (other) => squaredDistance(image, other));
  });
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return sum;
}
