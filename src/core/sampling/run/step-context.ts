import * as tf from '@tensorflow/tfjs';
import type { NoiseSchedule } from '../../contracts/noise-schedule.js';
import type { NoiseKey, NoiseSource } from '../../contracts/noise-source.js';
import type { StepContext, StepPosition } from '../../contracts/sampler.js';
import type { Vector } from '../../contracts/vector.js';
import { BrownianPath } from '../../random/brownian-path.js';
import { asVector } from '../../tensors/tensor-space.js';
import type { BatchSharing } from './batch-sharing.js';
import type { GuidedDenoise } from '../network/guided-denoise.js';
import type { ReverseParts } from '../reverse-parts.js';
import type { StartingPoint } from '../start/starting-point.js';

/** What the contexts of all steps of a run share. */
export interface StepSource {
  readonly parts: Pick<ReverseParts, 'schedule' | 'noise'>;
  readonly space: BatchSharing['space'];
  readonly start: StartingPoint;
  readonly paths: readonly BrownianPath[];
}

/**
 * What a sampler sees of one step. Field by field: to spread records in each step would make hidden classes of V8 anew each
 * time, and they stay until the old heap is collected.
 */
export function stepContext(
  { index, count, from, to, after }: StepPosition,
  { parts: { schedule, noise }, space, start, paths }: StepSource,
  network: GuidedDenoise,
): StepContext {
  return {
    combine: space.combine,
    multiply: space.multiply,
    exp: space.exp,
    sqrt: space.sqrt,
    clip: space.clip,
    quantile: space.quantile,
    norm: space.norm,
    dot: space.dot,
    std: space.std,
    errorNorm: space.errorNorm,
    perSample: space.perSample,
    batchMean: space.batchMean,
    blend: space.blend,
    index,
    count,
    from,
    to,
    after,
    denoise: (x, level) => network.denoise(x, level),
    noise: (key) => drawn(start, noise, { purpose: key === undefined ? 'step' : `step/${key}`, step: index }),
    brownian: (before, after, rate = 1) =>
      batch(start, (_, sample) => (paths[sample] as BrownianPath).increment(before.lambda, after.lambda, rate)),
    level: scheduleLevels(schedule),
  };
}

/** Unit normal noise of a batch. */
export function drawn(start: StartingPoint, noise: NoiseSource, key: Omit<NoiseKey, 'seed'>): Vector {
  return batch(start, (seed, _, size) => noise.normal({ seed, ...key }, size));
}

/** The levels of a schedule, as a sampler asks for them. */
export function scheduleLevels(schedule: NoiseSchedule): StepContext['level'] {
  return (at) => ('lambda' in at ? schedule.levelAt(at.lambda) : schedule.at(at.t));
}

/** The Brownian path of each sample of a run. Nothing is drawn before a sampler asks. */
export function brownianPaths(source: NoiseSource, { seeds, shape }: StartingPoint): readonly BrownianPath[] {
  const size = sizeOf(shape);
  return seeds.map(
    (seed) => new BrownianPath((node) => source.normal({ seed, purpose: 'brownian', step: node }, size)),
  );
}

/** Numbers of a batch, each sample from its own seed. */
function batch(
  { seeds, shape }: StartingPoint,
  draw: (seed: number, sample: number, size: number) => Float64Array,
): Vector {
  const size = sizeOf(shape);
  const values = new Float32Array(seeds.length * size);
  seeds.forEach((seed, sample) => values.set(draw(seed, sample, size), sample * size));
  return asVector(tf.tensor(values, [...shape]));
}

function sizeOf(shape: readonly number[]): number {
  return shape.slice(1).reduce((product, side) => product * side, 1);
}
