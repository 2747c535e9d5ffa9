import type { Dataset, DatasetInfo } from '../../core/contracts/dataset.js';
import type { NoiseSource } from '../../core/contracts/noise-source.js';
import { checkBatchRequest } from './batch-request.js';
import { batchOf, lastOnly } from './shuffled.js';

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
      const [from, to] = [request.index * request.size, (request.index + 1) * request.size];
      const points = data.slice(from * dimensions, to * dimensions);
      return batchOf(points, [request.size, dimensions], labels.slice(from, to));
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
  const chosen = Int32Array.from(choices, (share) => componentAt(weights, share));
  const data = Float32Array.from(spread, (normal, i) => {
    const component = chosen[Math.floor(i / dimensions)] ?? 0;
    return (means[component]?.[i % dimensions] ?? 0) + (stds[component] ?? 0) * normal;
  });
  return { data, labels: chosen.map((component) => labels[component] ?? 0) };
}

/** The component whose stretch of [0, 1) holds `share`. */
function componentAt(weights: readonly number[], share: number): number {
  let rest = share;
  for (const [component, weight] of weights.entries()) {
    if (rest < weight) return component;
    rest -= weight;
  }
  return weights.length - 1;
}
