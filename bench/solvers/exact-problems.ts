import type { Denoised, NoiseLevel, Vector } from 'rxdiffusion';
import { float64Of, fromFloat64, mixtureDistance, THREE_GAUSSIANS, type Component } from 'rxdiffusion/testing';

/** Data whose ideal network is known in closed form. */
export interface ExactProblem {
  readonly name: string;
  /** Numbers of one sample. */
  readonly dimensions: number;
  /** What the ideal network says, in double precision. */
  readonly denoise: (x: Vector, level: NoiseLevel) => Denoised;
  /** Wasserstein-1 distance of samples from the data, in 2-D the mean over lines through the origin. */
  readonly distance: (samples: Float64Array) => number;
}

/** A Gaussian of the same spread in all directions. */
interface Blob {
  readonly mean: readonly number[];
  readonly std: number;
  readonly weight: number;
}

/** Six blobs on a circle, wide and narrow, heavy and light. */
const RING: readonly Blob[] = Array.from({ length: 6 }, (_, k) => ({
  mean: [1.3 * Math.cos((k * Math.PI) / 3), 1.3 * Math.sin((k * Math.PI) / 3)],
  std: k % 2 === 0 ? 0.15 : 0.3,
  weight: (k + 1) / 21,
}));

const LINE: readonly Blob[] = THREE_GAUSSIANS.map(({ mean, ...rest }) => ({ mean: [mean], ...rest }));

const DIRECTIONS = 6;

/** The mixtures of the benchmark: three Gaussians on a line, six on a circle. */
export const PROBLEMS: readonly ExactProblem[] = [
  { name: '1-D', dimensions: 1, denoise: idealNetwork(LINE, 1), distance: (samples) => mixtureDistance(samples) },
  { name: '2-D', dimensions: 2, denoise: idealNetwork(RING, 2), distance: ringDistance },
];

/** Posterior means under a mixture, as `exactReading` has them, for whole batches in any dimension. */
function idealNetwork(blobs: readonly Blob[], dimensions: number): ExactProblem['denoise'] {
  const means = Float64Array.from(blobs.flatMap(({ mean }) => mean));
  const logits = new Float64Array(blobs.length);
  return (x, { alpha, sigma }) => {
    const values = float64Of(x);
    const [denoised, noise] = [new Float64Array(values.length), new Float64Array(values.length)];
    const all = Float64Array.from(blobs, ({ std }) => alpha ** 2 * std ** 2 + sigma ** 2);
    const pull = Float64Array.from(blobs, ({ std }, k) => (alpha * std ** 2) / (all[k] as number));
    const prior = Float64Array.from(
      blobs,
      ({ weight }, k) => Math.log(weight) - (dimensions / 2) * Math.log(all[k] as number),
    );
    for (let first = 0; first < values.length; first += dimensions) {
      let largest = -Infinity;
      for (let k = 0; k < logits.length; k++) {
        let squares = 0;
        for (let axis = 0; axis < dimensions; axis++)
          squares += ((values[first + axis] as number) - alpha * (means[k * dimensions + axis] as number)) ** 2;
        logits[k] = (prior[k] as number) - squares / (2 * (all[k] as number));
        largest = Math.max(largest, logits[k] as number);
      }
      let total = 0;
      for (let k = 0; k < logits.length; k++) total += logits[k] = Math.exp((logits[k] as number) - largest);
      for (let axis = 0; axis < dimensions; axis++) {
        let [clean, unit] = [0, 0];
        for (let k = 0; k < logits.length; k++) {
          const mean = means[k * dimensions + axis] as number;
          const apart = (values[first + axis] as number) - alpha * mean;
          const share = (logits[k] as number) / total;
          clean += share * (mean + (pull[k] as number) * apart);
          unit += (share * sigma * apart) / (all[k] as number);
        }
        denoised[first + axis] = clean;
        noise[first + axis] = unit;
      }
    }
    return { denoised: fromFloat64(denoised), noise: fromFloat64(noise) };
  };
}

function ringDistance(samples: Float64Array): number {
  const distances = Array.from({ length: DIRECTIONS }, (_, k) => {
    const [c, s] = [Math.cos((k * Math.PI) / DIRECTIONS), Math.sin((k * Math.PI) / DIRECTIONS)];
    const along = (x = 0, y = 0): number => c * x + s * y;
    const shadow = Float64Array.from({ length: samples.length / 2 }, (_x, i) =>
      along(samples[2 * i], samples[2 * i + 1]),
    );
    return mixtureDistance(
      shadow,
      RING.map(({ mean, std, weight }): Component => ({ mean: along(mean[0], mean[1]), std, weight })),
    );
  });
  return distances.reduce((sum, distance) => sum + distance, 0) / DIRECTIONS;
}
