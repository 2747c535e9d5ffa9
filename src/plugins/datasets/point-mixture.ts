import type { Dataset, DatasetInfo } from '../../core/contracts/dataset.js';
import type { NoiseSource } from '../../core/contracts/noise-source.js';
import { checkBatchRequest, placesOf } from './batch-request.js';
import { lastOnly } from './shuffled.js';
import { batchOf } from '../../core/training/batch-columns.js';

/** A mixture of round Gaussians in any number of dimensions. */
export interface PointMixture {
  /** One row of coordinates a component. */
  readonly means: readonly (readonly number[])[];
  /** Standard deviation of each component, the same along every axis. */
  readonly stds: readonly number[];
  /** Share of each component; they sum to 1. */
  readonly weights: readonly number[];
  /** Label of each component. */
  readonly labels: readonly number[];
}

/** Bytes of the points of an epoch and of their labels. */
export function epochBytes(size: number, dimensions: number): number {
  return 4 * size * (dimensions + 1);
}

/**
 * Serves points of a mixture, new ones in every epoch: point `i` of an epoch is a function of (seed, epoch, i) only.
 * Since the density is known, so is the exact denoiser at every noise level.
 */
export function pointMixture(info: DatasetInfo, mixture: PointMixture, noise: NoiseSource): Dataset {
  const dimensions = info.shape[0] ?? 0;
  const epochPoints = lastOnly((seed, epoch) => drawPoints(mixture, dimensions, info.size, noise, { seed, epoch }));
  return {
    info,
    batch(request) {
      checkBatchRequest(request, info);
      const { data, labels } = epochPoints(request.seed, request.epoch);
      const { from, to } = placesOf(request);
      const points = data.slice(from * dimensions, to * dimensions);
      return batchOf(points, [to - from, dimensions], labels.slice(from, to));
    },
  };
}

interface Points {
  readonly data: Float32Array;
  readonly labels: Int32Array;
}

function drawPoints(
  { means, stds, weights, labels }: PointMixture,
  dimensions: number,
  size: number,
  noise: NoiseSource,
  { seed, epoch }: { readonly seed: number; readonly epoch: number },
): Points {
  const choices = noise.uniform({ seed, purpose: 'dataset/component', step: epoch }, size);
  const spread = noise.normal({ seed, purpose: 'dataset/point', step: epoch }, size * dimensions);
  const [data, drawn] = [new Float32Array(size * dimensions), new Int32Array(size)];
  for (let point = 0; point < size; point++) {
    const component = componentAt(weights, choices, point);
    const [mean, std] = [means[component], stds[component] ?? 0];
    drawn[point] = labels[component] ?? 0;
    for (let axis = 0, at = point * dimensions; axis < dimensions; axis++, at++)
      data[at] = (mean?.[axis] ?? 0) + std * (spread[at] ?? 0);
  }
  return { data, labels: drawn };
}

/** The component whose stretch of [0, 1) holds the choice of a point. */
function componentAt(weights: readonly number[], choices: Float64Array, point: number): number {
  let rest = choices[point] ?? 0;
  for (let component = 0; component < weights.length; component++) {
    const weight = weights[component] ?? 0;
    if (rest < weight) return component;
    rest -= weight;
  }
  return weights.length - 1;
}
