import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../../../src/core/contracts/dataset.js';
import type { Denoiser } from '../../../src/core/contracts/denoiser.js';
import type { Engine, TensorTree } from '../../../src/core/contracts/engine.js';
import type { NoiseSchedule } from '../../../src/core/contracts/noise-schedule.js';
import type { NoiseKey, NoiseSource } from '../../../src/core/contracts/noise-source.js';
import type { Parameterization } from '../../../src/core/contracts/parameterization.js';
import { level, vpLevel } from '../../../src/core/math/levels.js';
import { PREDICTIONS, type Prediction } from '../../../src/core/math/predictions.js';
import type { PluginDefinition } from '../../../src/core/assembly/define-plugin.js';
import { addNoiseToBatch, type NoisyBatch, type NoisingParts } from '../../../src/core/training/noisy-batch.js';
import { createFit, type Fit, type FitParts } from '../../../src/core/training/network-fit.js';
import { denoisingScoreMatching } from '../../../src/plugins/objectives/denoising-score-matching.js';
import { adamw } from '../../../src/plugins/optimizers/adamw.js';
import { ema } from '../../../src/plugins/averages/ema.js';
import { batchOf } from '../../../src/core/training/batch-columns.js';

/** A plugin with its config, made without a container. */
export function made<T>(plugin: PluginDefinition<T>, config: object = {}): T {
  return plugin.create({ config: plugin.config.parse(config) }) as T;
}

/** Runs on tfjs-cpu at once, in a tidy. */
export const cpu: Engine = {
  name: 'test-cpu',
  backend: 'cpu',
  probe: () => Promise.resolve({ name: 'test-cpu', available: true, detail: 'plain JavaScript' }),
  start: async () => {
    await tf.setBackend('cpu');
  },
  run: (work) => work(),
  compile:
    <I extends TensorTree, O extends TensorTree>(work: (input: I) => O) =>
    (input: I) =>
      tf.tidy(() => work(input) as tf.TensorContainer) as O,
  realize: () => Promise.resolve(),
  stop: () => Promise.resolve(),
};

/** Numbers that depend on key and place only. */
export const noise: NoiseSource = {
  uniform: (key, count) => Float64Array.from({ length: count }, (_, place) => hashed(key, place)),
  normal: (key, count) =>
    Float64Array.from({ length: count }, (_, place) => {
      const [u, v] = [hashed(key, 2 * place), hashed(key, 2 * place + 1)];
      return Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v);
    }),
};

function hashed({ seed, purpose, step }: NoiseKey, place: number): number {
  let hash = 2166136261;
  for (const char of `${seed}|${purpose}|${step}|${place}`) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

/** A variance-preserving path whose half log-SNR falls from 3 to -3. */
export const schedule: NoiseSchedule = {
  path: 'vp',
  tMin: 0,
  tMax: 1,
  clean: level(0, 1, 0),
  at: (t) => vpLevel(t, 3 - 6 * t),
  timeAt: (lambda) => (3 - lambda) / 6,
  levelAt: (lambda) => vpLevel((3 - lambda) / 6, lambda),
  priorStd: () => 1,
};

/** One of core's plain predictions. */
export const predicting = (prediction: Prediction): Parameterization => ({
  at: (at) => ({ inputScale: 1, time: at.t, ...PREDICTIONS[prediction](at) }),
});

/** `output = (x W + b) + time * c`: enough to be learnt, and to see every argument. */
export function linearDenoiser(width = 3): Denoiser {
  return {
    info: { sampleShape: [width] },
    parameters: {
      'dense.weight': tf.tensor2d(
        Array.from({ length: width * width }, (_, i) => 0.1 * Math.sin(i)),
        [width, width],
      ),
      'dense.bias': tf.zeros([width]),
      'time.weight': tf.zeros([1, width]),
    },
    predict: (parameters, x, time) => {
      const {
        'dense.weight': weight,
        'dense.bias': bias,
        'time.weight': clock,
      } = parameters as Record<string, tf.Tensor>;
      const mixed = tf.add(tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D), bias as tf.Tensor);
      return tf.add(mixed, tf.mul(tf.reshape(time, [-1, 1]), clock as tf.Tensor));
    },
    dispose() {
      tf.dispose(this.parameters);
    },
  };
}

/** Points around (0.5, -0.5, 0.25), other ones for every step. */
export function points(step: number, count = 8, width = 3): Batch {
  const spread = noise.normal({ seed: 7, purpose: 'data', step }, count * width);
  const data = Float32Array.from(spread, (value, i) => 0.1 * value + ([0.5, -0.5, 0.25][i % 3] ?? 0));
  return batchOf(
    data,
    [count, width],
    Int32Array.from({ length: count }, (_, i) => i % 2),
  );
}

/** What `noisy` adds noise with. */
export const noising: NoisingParts = {
  schedule,
  noise,
  seed: 11,
  timestepSampler: { level: (path, u) => path.at(u) },
};

/** The points of a step, with what noise is added. */
export const noisy = (step: number, count = 8): NoisyBatch => addNoiseToBatch(points(step, count), step, noising);

/** A fit of the tiny network, parts of it replaced. */
export function tinyFit(denoiser: Denoiser, parts: Partial<FitParts> = {}): Fit {
  return createFit({
    engine: cpu,
    denoiser,
    parameterization: predicting('v'),
    objective: made(denoisingScoreMatching, { target: 'v' }),
    optimizer: made(adamw, { learningRate: 0.02 }),
    average: made(ema, { decay: 0.9 }),
    ...parts,
  });
}
