import * as tf from '@tensorflow/tfjs';
import type { NoiseLevel } from '../../core/contracts/noise-level.js';
import type { NoiseSource } from '../../core/contracts/noise-source.js';
import type { StepContext, StepPosition } from '../../core/contracts/sampler.js';
import type { Vector } from '../../core/contracts/vector.js';
import { asVector, tensorSpace } from '../../core/tensors/tensor-space.js';
import type { GuidedDenoise } from './guided-denoise.js';
import type { ReverseParts } from './reverse-parts.js';
import type { StartingPoint } from './starting-point.js';

/** Where step `index` of a run stands. */
export function positionAt(levels: readonly NoiseLevel[], index: number): StepPosition {
  return { index, count: levels.length - 1, from: levels[index] as NoiseLevel, to: levels[index + 1] as NoiseLevel };
}

/** What a sampler sees of one step. */
export function stepContext(
  position: StepPosition,
  { schedule, noise }: Pick<ReverseParts, 'schedule' | 'noise'>,
  start: StartingPoint,
  network: GuidedDenoise,
): StepContext {
  return {
    ...tensorSpace,
    ...position,
    denoise: (x, level) => network.denoise(x, level),
    noise: (key) => batchNoise(noise, start, key === undefined ? 'step' : `step/${key}`, position.index),
    level: (at) => ('lambda' in at ? schedule.levelAt(at.lambda) : schedule.at(at.t)),
  };
}

/** Unit noise of a batch, each sample from its own seed. */
function batchNoise(source: NoiseSource, { seeds, shape }: StartingPoint, purpose: string, step: number): Vector {
  const size = shape.slice(1).reduce((product, side) => product * side, 1);
  const values = new Float32Array(seeds.length * size);
  seeds.forEach((seed, sample) => values.set(source.normal({ seed, purpose, step }, size), sample * size));
  return asVector(tf.tensor(values, [...shape]));
}
